"""Choose the score threshold that best separates right boxes from wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mai.detect.detections import Detections, Truth
from mai.detect.match import NOTHING, is_ignored, match

USUAL_THRESHOLD = 0.5  # what the IDE's block begins with


@dataclass(frozen=True)
class ThresholdChoice:
    """`threshold` with what it gives on the photos it was chosen on, all in 0..1."""

    threshold: float
    f1: float
    precision: float
    recall: float


def choose_threshold(
    found: Sequence[Detections], truths: Sequence[Truth], iou_threshold: float, default: float = 0.5
) -> ThresholdChoice:
    """The score threshold with the best F1 = 2·right / (found + drawn).

    `found` must hold low scores too. If a range of thresholds is equally good (a gap between the
    worst right and the best wrong box), its middle is taken, which tolerates the most change on new photos.
    If no box is right, `default` is returned, with zeros.
    """
    matched = [match(each, truth, iou_threshold) for each, truth in zip(found, truths, strict=True)]
    asked = [
        ~is_ignored(each, truth, partner, iou_threshold)
        for each, truth, partner in zip(found, truths, matched, strict=True)
    ]
    scores = np.concatenate(
        [each.scores[rows] for each, rows in zip(found, asked, strict=True)] or [np.zeros(0, np.float32)]
    )
    right = np.concatenate(
        [partner[rows] != NOTHING for partner, rows in zip(matched, asked, strict=True)] or [np.zeros(0, bool)]
    )
    drawn = sum(len(truth.classes) for truth in truths)
    if not right.any():
        return ThresholdChoice(default, 0.0, 0.0, 0.0)
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(right[order])
    kept = np.arange(1, len(scores) + 1)
    last_of_tie = np.append(scores[1:] < scores[:-1], True)  # a threshold cannot cut between equal scores
    f1 = np.where(last_of_tie, 2 * hits / (kept + drawn), 0)
    best = int(f1.argmax())
    below = float(scores[best + 1]) if best + 1 < len(scores) else 0.0
    return ThresholdChoice(
        threshold=(float(scores[best]) + below) / 2,
        f1=float(f1[best]),
        precision=float(hits[best] / kept[best]),
        recall=float(hits[best] / drawn),
    )


def right_boxes(found: Sequence[Detections], truths: Sequence[Truth], threshold: float, iou_threshold: float) -> int:
    """How many drawn boxes are found with at least this score."""
    pairs = zip(found, truths, strict=True)
    return sum(int((match(each.above(threshold), truth, iou_threshold) != NOTHING).sum()) for each, truth in pairs)
