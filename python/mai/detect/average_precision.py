"""Compute mAP@0.5, or over other overlaps, with the COCO evaluator (faster-coco-eval): figures like others'."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mai.detect.detections import ANY_CLASS, Detections, Truth

IOU = 0.5
FROM_50_TO_95 = tuple(0.5 + 0.05 * step for step in range(10))  # COCO's own measure: how exact the boxes are
MOST_BOXES = 100  # per photo and class: COCO's own limit


@dataclass(frozen=True)
class AveragePrecision:
    """All in 0..1. A label without a drawn box has no precision: it is None and not in the mean."""

    mean: float
    per_label: dict[str, float | None]


def average_precision(
    found: Sequence[Detections], truths: Sequence[Truth], labels: Sequence[str], overlaps: Sequence[float] = (IOU,)
) -> AveragePrecision:
    """COCO average precision over the photos, the mean of these `overlaps`; `found` should hold low scores too (from
    0.01)."""
    # Imported here: it costs a quarter of a second, which inference and conversion need not pay.
    from faster_coco_eval import COCO, COCOeval_faster

    logging.getLogger("faster_coco_eval").setLevel(logging.ERROR)
    truth_rows = [
        _row(photo, box, label, id=0, iscrowd=0) for photo, truth in enumerate(truths) for box, label in _pairs(truth)
    ]
    if not truth_rows:
        return AveragePrecision(0.0, dict.fromkeys(labels))
    truth_rows += [
        _row(photo, box, label, id=0, iscrowd=1)
        for photo, truth in enumerate(truths)
        for box, which in zip(truth.ignored, truth.ignored_classes.tolist(), strict=True)
        for label in (range(len(labels)) if which == ANY_CLASS else (which,))
    ]
    for number, row in enumerate(truth_rows, start=1):
        row["id"] = number
    found_rows = [
        _row(photo, box, label, score=float(score))
        for photo, each in enumerate(found)
        for (box, label), score in zip(_pairs(each), each.scores, strict=True)
    ]
    truth_set = COCO(
        {
            "images": [{"id": photo} for photo in range(len(truths))],
            "annotations": truth_rows,
            "categories": [{"id": index, "name": label} for index, label in enumerate(labels)],
        }
    )
    evaluator = COCOeval_faster(truth_set, truth_set.loadRes(found_rows), "bbox", print_function=_silent)
    evaluator.params.iouThrs = np.array(overlaps)
    evaluator.params.areaRng, evaluator.params.areaRngLbl = [[0, 1e10]], ["all"]
    evaluator.params.maxDets = [MOST_BOXES]
    evaluator.evaluate()
    evaluator.accumulate()
    # (IoU, recall, class, area, limit): −1 where a class has no drawn box.
    curves = np.asarray(evaluator.eval["precision"])[:, :, :, 0, 0].mean(axis=0)
    per_label = {
        label: float(curves[:, index].mean()) if curves[0, index] >= 0 else None for index, label in enumerate(labels)
    }
    known = [value for value in per_label.values() if value is not None]
    return AveragePrecision(sum(known) / len(known), per_label)


def _row(photo: int, box: np.ndarray, label: int, **more: float) -> dict[str, Any]:
    x1, y1, x2, y2 = (float(edge) for edge in box)
    size = [x2 - x1, y2 - y1]
    return {"image_id": photo, "category_id": int(label), "bbox": [x1, y1, *size], "area": size[0] * size[1], **more}


def _pairs(boxes: Detections | Truth) -> list[tuple[np.ndarray, int]]:
    return list(zip(boxes.boxes, boxes.classes.tolist(), strict=True))


def _silent(*_: object) -> None:
    """Suppress the evaluator's progress text, which is of no use to a pupil."""
