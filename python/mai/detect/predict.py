"""Convert a detector's output for the centre square of a photo to boxes in the photo's own pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mai.detect.anchors import IMAGE_SIZE
from mai.detect.decode import decode_boxes
from mai.detect.detections import Detections
from mai.detect.geometry import centre_square, out_of_square


def found_in_photo(
    output: NDArray[np.float32],
    size: tuple[int, int],
    anchors: list[list[float]],
    threshold: float,
    iou_threshold: float,
) -> Detections:
    """The output (1, A·(5+N), 7, 7) of any stage of the network for the centre square of a photo of
    `size` (width, height) → boxes in the photo's pixels."""
    found = decode_boxes(output, anchors, threshold, iou_threshold)[0]
    boxes = out_of_square(found.boxes, centre_square(*size), IMAGE_SIZE)
    return Detections(boxes, found.scores, found.classes, found.objectness)


def boxes_as_json(found: Detections, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    """`{"x1", "y1", "x2", "y2", "prob", "label"}` per box, as clients of /inference_image read it."""
    return [
        {
            **{edge: round(float(value), 1) for edge, value in zip(("x1", "y1", "x2", "y2"), box, strict=True)},
            "prob": round(float(score), 4),
            "label": labels[label],
        }
        for box, score, label in zip(found.boxes, found.scores, found.classes.tolist(), strict=True)
    ]
