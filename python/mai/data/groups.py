"""Group samples that must stay together: on one side of the split, and in one fold of a cross-validation.

A model that is tested on the twin of a photo it has learnt repeats what it knows by heart, not what it understands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mai.data.alike import Confirm, linked
from mai.data.thumbnails import NEAR, SameDetails, photo_contents, photo_signatures

CLOSER = (0.9, 0.94, 0.97, 0.99)  # cosines at which groups are cut that are too large


@dataclass(frozen=True)
class Groups:
    """int64 [N] each, named by the lowest row that belongs to them.

    `scenes`: samples that are nearly the same. `groups`: samples that stay together. These are the scenes, except
    for scenes so large that nothing else of a label would be left: those are cut, as rarely as possible.
    """

    scenes: NDArray[np.int64]
    groups: NDArray[np.int64]

    def twins(self, train: Sequence[int], validation: Sequence[int]) -> tuple[int, ...]:
        """Rows of `validation` whose scene is also in training: right answers there say little about new photos."""
        learnt = set(self.scenes[list(train)].tolist())
        return tuple(row for row in validation if int(self.scenes[row]) in learnt)

    def count(self, rows: Sequence[int] | None = None) -> int:
        """How many scenes there are, in all or among `rows`: as many answers are independent of each other."""
        return len(np.unique(self.scenes if rows is None else self.scenes[list(rows)]))


def alone(count: int) -> Groups:
    """Every sample its own group."""
    return Groups(np.arange(count), np.arange(count))


def group_photos(
    pixels: Tensor, strata: Sequence[int], train_percent: int, contents: Sequence[str] | None = None
) -> Groups:
    """uint8 [N, S, S, 3], S a multiple of 112; `strata` as for `group_samples`. `contents`: their `photo_contents`."""
    if contents is None:
        contents = photo_contents(pixels)
    return group_samples(photo_signatures(pixels), contents, strata, NEAR, train_percent, SameDetails(pixels))


def photo_scenes(pixels: Tensor) -> tuple[int, ...]:
    """Each photo's scene, named by its lowest row; uint8 [N, S, S, 3] as for `group_photos`."""
    return tuple(group_photos(pixels, [0] * len(pixels), 50).scenes.tolist()) if len(pixels) else ()


def group_samples(
    marks: NDArray[np.float32],
    contents: Sequence[str],
    strata: Sequence[int],
    near: float,
    train_percent: int,
    confirm: Confirm | None = None,
) -> Groups:
    """`marks` [N, D] as from `mai.data.alike.signatures`, `contents` a digest each: copies have the same.

    `near` and `confirm` as for `mai.data.alike.linked`.

    `strata`: what each sample counts for in the split, such as its label. Every stratum of two samples or more gets
    at least two groups, and the largest one leaves at least half of what is to be held back.
    """
    of_content: dict[str, int] = {}
    copies = np.array([of_content.setdefault(content, row) for row, content in enumerate(contents)], np.int64)
    scenes = joined(linked(marks, near, confirm), copies)
    groups = scenes
    for closer in CLOSER:
        rows = _too_large(groups, strata, train_percent)
        groups = _cut(groups, rows, joined(linked(marks[rows], closer), _renumbered(copies[rows])))
    rows = _too_large(groups, strata, train_percent)
    groups = _cut(groups, rows, _renumbered(copies[rows]))
    rows = _too_large(groups, strata, train_percent)
    return Groups(scenes, _cut(groups, rows, np.arange(len(rows))))


def joined(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join both groupings: samples together in either are together in the result."""
    both = first.copy()
    for row, other in enumerate(second):
        if both[row] != both[other]:
            low, high = sorted((both[row], both[other]))
            both[both == high] = low
    return both


def _cut(groups: NDArray[np.int64], rows: NDArray[np.int64], pieces: NDArray[np.int64]) -> NDArray[np.int64]:
    """`groups`, but the samples `rows` are in `pieces` (int64 [len(rows)], named by their place in `rows`)."""
    after = groups.copy()
    after[rows] = rows[pieces]
    return after


def _renumbered(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same groups of a part of the samples, named by the lowest row in that part."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return first[inverse]


def _too_large(groups: NDArray[np.int64], strata: Sequence[int], train_percent: int) -> NDArray[np.int64]:
    """Rows of groups so large that the rest of a stratum is less than half of what is to be held back."""
    totals = Counter(strata)
    found = []
    for (group, stratum), count in Counter(zip(groups.tolist(), strata, strict=True)).items():
        total = totals[stratum]
        if total > 1 and total - count < max(1.0, total * (100 - train_percent) / 200):
            found.append(group)
    return np.flatnonzero(np.isin(groups, found))
