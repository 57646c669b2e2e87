"""Count the photos in which a detector finds everything and nothing else, with the range for new photos."""

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
    chooses its own threshold. It is `default` if no other scene has a right box.
    """
    _, groups = np.unique(np.asarray(scenes), return_inverse=True)
    right = np.zeros(len(found), bool)
    for part in range(PARTS):
        others = np.flatnonzero(groups % PARTS != part).tolist()
        choice = choose_threshold(
            [found[row] for row in others], [truths[row] for row in others], iou_threshold, default
        )
        for row in np.flatnonzero(groups % PARTS == part).tolist():
            right[row] = finds_all_boxes(found[row].above(choice.threshold), truths[row], iou_threshold)
    return measure_alike(right.tolist(), groups.tolist())


def finds_all_boxes(found: Detections, truth: Truth, iou_threshold: float) -> bool:
    """Whether every drawn box is found with its label, and no other box is found except on ignored things."""
    partner = match(found, truth, iou_threshold)
    more = (partner == NOTHING) & ~is_ignored(found, truth, partner, iou_threshold)
    return not more.any() and int((partner != NOTHING).sum()) == len(truth.classes)
