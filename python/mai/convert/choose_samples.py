"""Choose three separate sets of photos: to measure the scales, to choose the method, to evaluate at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

CALIBRATION = 24  # with more labels, one of each
SELECTION = 16  # likewise
HELD_BACK = 100  # likewise; of more, an even part is used: computing the board's answer takes 50 ms per photo
COMPARED = 24  # samples on which board and float network are compared, if there are that many


@dataclass(frozen=True)
class ChosenSamples:
    """Names of samples. `calibration` and `selection` are training samples, `held_back` the validation's.

    Each has every label. If a label has only one training sample, or all labels have too few, the calibration
    samples are also the selection. `learnt`: training samples that are compared too if too few are held back;
    those that did not measure the scales come first.
    """

    calibration: tuple[str, ...]
    selection: tuple[str, ...]
    held_back: tuple[str, ...]
    learnt: tuple[str, ...]


def choose_samples(
    train: Sequence[str],
    validation: Sequence[str],
    label_of: Callable[[str], object],
    calibration: int = CALIBRATION,
    selection: int = SELECTION,
    held_back: int = HELD_BACK,
) -> ChosenSamples:
    """Evenly over the labels, by a hash of the name: the same project gives the same choice."""
    spread = evenly(train, label_of)
    labels = {label_of(name) for name in train}
    # With few photos, a third of them is kept for choosing.
    wanted = min(calibration, max(1, len(spread) - len(spread) // 3))
    measured, rest = spread[: max(wanted, len(labels))], spread[max(wanted, len(labels)) :]
    chosen = rest[: max(selection, len(labels))] or measured
    in_choice = {label_of(name) for name in chosen}
    again = evenly([name for name in measured if label_of(name) not in in_choice], label_of)
    asked = evenly(validation, label_of)[: max(held_back, len({label_of(name) for name in validation}))]
    unused = [name for name in rest if name not in set(chosen)]
    return ChosenSamples(
        calibration=tuple(measured),
        selection=(*chosen, *again[: len(labels) - len(in_choice)]),
        held_back=tuple(sorted(asked)),
        learnt=tuple(dict.fromkeys((*unused, *chosen, *measured)))[: max(0, COMPARED - len(asked))],
    )


def evenly(names: Sequence[str], label_of: Callable[[str], object]) -> list[str]:
    """All names, one label after the other in turn, each label's in the order of a hash."""
    by_label: dict[object, list[str]] = {}
    for name in sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest()):
        by_label.setdefault(label_of(name), []).append(name)
    turns = zip_longest(*(by_label[label] for label in sorted(by_label, key=str)))
    return [name for name in chain.from_iterable(turns) if name is not None]
