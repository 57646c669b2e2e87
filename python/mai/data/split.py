"""Which samples are held back for validation: decided by their names alone, nothing moves on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from mai.errors import MaiError

NEEDED_PER_LABEL = 2  # one to learn from, one to check with


@dataclass(frozen=True)
class Split:
    """Indices into the samples given, ascending."""

    train: tuple[int, ...]
    validation: tuple[int, ...]


def split_samples(
    names: Sequence[str], classes: Sequence[int], labels: Sequence[str], train_percent: int, seed: int
) -> Split:
    """Split every label by `train_percent`, with at least one sample of it on each side.

    The order within a label is that of a hash of seed and name: the same on every file
    system, and a sample keeps its place when others are added.
    Raises MaiError `too_few_samples` naming the label, its count and the count needed.
    """
    train: list[int] = []
    validation: list[int] = []
    for index, label in enumerate(labels):
        members = [i for i, which in enumerate(classes) if which == index]
        check_count(label, len(members))
        members.sort(key=lambda i: hashlib.sha256(f"{seed}:{names[i]}".encode()).digest())
        held_back = round(len(members) * (100 - train_percent) / 100)
        held_back = min(max(held_back, 1), len(members) - 1)
        validation += members[:held_back]
        train += members[held_back:]
    return Split(tuple(sorted(train)), tuple(sorted(validation)))


def check_count(label: str, count: int) -> None:
    if count < NEEDED_PER_LABEL:
        raise MaiError(
            "too_few_samples",
            f"label {label!r} has {count} samples: it needs at least {NEEDED_PER_LABEL}, better 20 or more",
            label=label, count=count, needed=NEEDED_PER_LABEL,
        )
