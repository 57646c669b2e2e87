"""In how many photos all is found and nothing else: what a pupil sees of a detector, with its range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mai.detect.detections import Detections, Truth
from mai.detect.match import NOTHING, is_ignored, match
from mai.detect.threshold import choose_threshold
from mai.quality.accuracy import Measured, measure_alike

PARTS = 5


def photos_right(
    found: Sequence[Detections], truths: Sequence[Truth], scenes: Sequence[int], iou_threshold: float, default: float
) -> Measured:
    """One `found`, low scores included, one truth and one scene for each photo; at least one photo.

    Each photo is judged at the score threshold that suits the other scenes best (in five parts), so that no photo
    chooses the threshold by which it is right. `default` where none of them has a box that is right.
    """
    _, groups = np.unique(np.asarray(scenes), return_inverse=True)
    right = np.zeros(len(found), bool)
    for part in range(PARTS):
        others = np.flatnonzero(groups % PARTS != part).tolist()
        choice = choose_threshold(
            [found[row] for row in others], [truths[row] for row in others], iou_threshold, default
        )
        for row in np.flatnonzero(groups % PARTS == part).tolist():
            right[row] = all_is_found(found[row].above(choice.threshold), truths[row], iou_threshold)
    return measure_alike(right.tolist(), groups.tolist())


def all_is_found(found: Detections, truth: Truth, iou_threshold: float) -> bool:
    """Every drawn box by one of its label, and no other box but where something is ignored."""
    partner = match(found, truth, iou_threshold)
    more = (partner == NOTHING) & ~is_ignored(found, truth, partner, iou_threshold)
    return not more.any() and int((partner != NOTHING).sum()) == len(truth.classes)
