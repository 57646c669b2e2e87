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
    names: Sequence[str], classes: Sequence[int], labels: Sequence[str], train_percent: int, seed: int,
    contents: Sequence[str] | None = None,
) -> Split:
    """Split every label by `train_percent`, with at least one sample of it on each side.

    The order within a label is that of a hash of seed and name: the same on every file
    system, and a sample keeps its place when others are added. With `contents` (a digest per
    sample), copies of one file go to one side: what was learnt by heart is no check.
    Raises MaiError `too_few_samples` naming the label, its count and the count needed.
    """
    train: list[int] = []
    validation: list[int] = []
    for index, label in enumerate(labels):
        members = [i for i, which in enumerate(classes) if which == index]
        check_count(label, len(members))
        content = {i: contents[i] if contents else names[i] for i in members}
        first = {content[i]: names[i] for i in sorted(members, key=lambda i: names[i], reverse=True)}
        members.sort(key=lambda i: (hashlib.sha256(f"{seed}:{first[content[i]]}".encode()).digest(), names[i]))
        held_back = round(len(members) * (100 - train_percent) / 100)
        held_back = _between_copies([content[i] for i in members], min(max(held_back, 1), len(members) - 1))
        validation += members[:held_back]
        train += members[held_back:]
    return Split(tuple(sorted(train)), tuple(sorted(validation)))


def _between_copies(contents: Sequence[str], cut: int) -> int:
    """The cut moved out of a row of copies: before it, else behind it; as it is where there is nothing else."""
    low = high = cut
    while low > 0 and contents[low - 1] == contents[cut]:
        low -= 1
    while high < len(contents) and contents[high] == contents[cut]:
        high += 1
    if low == cut or low > 0:
        return low
    return high if high < len(contents) else cut


def check_count(label: str, count: int) -> None:
    if count < NEEDED_PER_LABEL:
        raise MaiError(
            "too_few_samples",
            f"label {label!r} has {count} samples: it needs at least {NEEDED_PER_LABEL}, better 20 or more",
            label=label, count=count, needed=NEEDED_PER_LABEL,
        )
