"""Evaluate detections: mAP@0.5, and precision, recall and confusions at the project's thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mai.detect.average_precision import FROM_50_TO_95, average_precision
from mai.detect.detections import Detections, Truth
from mai.detect.match import NOTHING, is_ignored, match

BACKGROUND = "background"


@dataclass(frozen=True)
class DetectionQuality:
    """Fractions are 0..1. `confusion[t][p]`: boxes drawn as t and found as p; the last row counts
    found boxes where nothing was drawn, the last column drawn boxes that were not found."""

    map50: float
    map50_95: float
    ap50: dict[str, float | None]
    precision: float
    recall: float
    per_label: dict[str, dict[str, float | None]]  # label → {"ap50", "precision", "recall"}
    confusion: list[list[int]]
    score_threshold: float
    iou_threshold: float


def evaluate_detections(
    found: Sequence[Detections],
    truths: Sequence[Truth],
    labels: Sequence[str],
    score_threshold: float,
    iou_threshold: float,
) -> DetectionQuality:
    """Judge the boxes found on some photos, low scores included, against the boxes drawn on them."""
    ap = average_precision(found, truths, labels)
    confusion = np.zeros((len(labels) + 1, len(labels) + 1), np.int64)
    for each, truth in zip(found, truths, strict=True):
        _count(confusion, each.above(score_threshold), truth, iou_threshold)
    right = confusion.diagonal()[:-1]
    drawn, claimed = confusion[:-1].sum(axis=1), confusion[:, :-1].sum(axis=0)
    per_label = {
        label: {
            "ap50": ap.per_label[label],
            "precision": _ratio(right[index], claimed[index]),
            "recall": _ratio(right[index], drawn[index]),
        }
        for index, label in enumerate(labels)
    }
    return DetectionQuality(
        map50=ap.mean,
        map50_95=average_precision(found, truths, labels, FROM_50_TO_95).mean,
        ap50=ap.per_label,
        precision=_ratio(right.sum(), claimed.sum()) or 0.0,
        recall=_ratio(right.sum(), drawn.sum()) or 0.0,
        per_label=per_label,
        confusion=confusion.tolist(),
        score_threshold=score_threshold,
        iou_threshold=iou_threshold,
    )


def _count(confusion: NDArray[np.int64], found: Detections, truth: Truth, iou_threshold: float) -> None:
    """Match right boxes first; only the remaining ones can be a confusion of two labels."""
    background = len(confusion) - 1
    right = match(found, truth, iou_threshold)
    np.add.at(confusion, (truth.classes[right[right != NOTHING]], found.classes[right != NOTHING]), 1)
    left_truth = np.setdiff1d(np.arange(len(truth.classes)), right)
    left_found = found.pick((right == NOTHING) & ~is_ignored(found, truth, right, iou_threshold))
    rest = Truth(truth.boxes[left_truth], truth.classes[left_truth])
    wrong = match(left_found, rest, iou_threshold, same_class=False)
    for index, partner in enumerate(wrong):
        row = background if partner == NOTHING else rest.classes[partner]
        confusion[row, left_found.classes[index]] += 1
    missed = np.setdiff1d(np.arange(len(rest.classes)), wrong)
    rows = rest.classes[missed]
    np.add.at(confusion, (rows, np.full_like(rows, background)), 1)


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
