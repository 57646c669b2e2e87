"""Find the photos on which two stages of a network (float and board twin) give different boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mai.detect.detections import Detections, Truth
from mai.detect.geometry import iou
from mai.detect.match import NOTHING, match

SAME_IOU = 0.5


@dataclass(frozen=True)
class PhotoChange:
    """Boxes of one photo (`index` in the lists compared) that the second stage lost, added or moved."""

    index: int
    missing: int
    extra: int
    moved: int


def changed_photos(before: Sequence[Detections], after: Sequence[Detections]) -> list[PhotoChange]:
    """Photos whose boxes changed; both lists hold one entry per photo, already cut at their score thresholds.

    Boxes of one class with an IoU of at least 0.5 are the same box. Of the rest, two of one class that
    still touch are one box that moved; what has no partner is missing or extra.
    """
    changes = []
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        same = match(new, Truth(old.boxes, old.classes), SAME_IOU)
        lost = np.setdiff1d(np.arange(len(old)), same)
        added = np.flatnonzero(same == NOTHING)
        moved = _touching(old, lost, new, added)
        if len(lost) or len(added):
            changes.append(PhotoChange(index, len(lost) - moved, len(added) - moved, moved))
    return changes


def _touching(old: Detections, lost: np.ndarray, new: Detections, added: np.ndarray) -> int:
    overlap = iou(old.boxes[lost], new.boxes[added])
    overlap[old.classes[lost][:, None] != new.classes[added][None, :]] = 0
    pairs = 0
    while overlap.size and overlap.max() > 0:
        row, column = np.unravel_index(overlap.argmax(), overlap.shape)
        overlap[row, :] = 0
        overlap[:, column] = 0
        pairs += 1
    return pairs
