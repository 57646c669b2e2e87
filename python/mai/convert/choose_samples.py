"""Which photos measure the scales, which choose the method, which are asked at the end: never the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

CALIBRATION = 24
SELECTION = 16
HELD_BACK = 100  # of more, an even part is asked: the twin takes 50 ms a photo


@dataclass(frozen=True)
class ChosenSamples:
    """Names of samples. `calibration` and `selection` are training samples, `held_back` the validation's.

    Where the training samples are too few for both, the selection is made on the calibration's.
    """

    calibration: tuple[str, ...]
    selection: tuple[str, ...]
    held_back: tuple[str, ...]


def choose_samples(
    train: Sequence[str], validation: Sequence[str], label_of: Callable[[str], object],
    calibration: int = CALIBRATION, selection: int = SELECTION, held_back: int = HELD_BACK,
) -> ChosenSamples:
    """Evenly over the labels, by a hash of the name: the same project gives the same choice."""
    spread = evenly(train, label_of)
    # With few photos, a third of them is kept for choosing.
    measured = min(calibration, max(1, len(spread) - len(spread) // 3))
    rest = spread[measured : measured + selection]
    return ChosenSamples(
        calibration=tuple(spread[:measured]),
        selection=tuple(rest or spread[:measured]),
        held_back=tuple(sorted(evenly(validation, label_of)[:held_back])),
    )


def evenly(names: Sequence[str], label_of: Callable[[str], object]) -> list[str]:
    """All names, one label after the other in turn, each label's in the order of a hash."""
    by_label: dict[object, list[str]] = {}
    for name in sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest()):
        by_label.setdefault(label_of(name), []).append(name)
    turns = zip_longest(*(by_label[label] for label in sorted(by_label, key=str)))
    return [name for name in chain.from_iterable(turns) if name is not None]
