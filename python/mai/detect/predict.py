"""Convert the boxes that a detector found to what clients read."""

from __future__ import annotations

from typing import Any

from mai.detect.detections import Detections


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
