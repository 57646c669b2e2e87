"""The boxes that a detector finds in one picture, and the boxes that a person drew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

ANY_CLASS = -1  # of an ignored box whose label is not the project's


@dataclass(frozen=True)
class Detections:
    """k boxes, best first. `boxes` (k, 4) float32 in pixels of the picture, `scores` (k,) float32 in 0..1,
    `classes` (k,) int64 into the labels, `objectness` (k,) float32 in 0..1 before the class is weighed in."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]
    objectness: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)

    def pick(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Detections:
        """Those of a mask or of an index array, in its order."""
        return Detections(self.boxes[which], self.scores[which], self.classes[which], self.objectness[which])

    def above(self, threshold: float) -> Detections:
        """Those whose score is at least `threshold`."""
        return self.pick(self.scores >= threshold)


def box_fields(found: Detections, labels: Sequence[str]) -> list[dict[str, Any]]:
    """As reports and answers say boxes: label, probability, whole pixels."""
    return [
        {"label": labels[int(which)], "prob": round(float(score), 4), "box": [round(float(v)) for v in box]}
        for box, score, which in zip(found.boxes, found.scores, found.classes, strict=True)
    ]


@dataclass(frozen=True)
class Truth:
    """The boxes a person drew: `boxes` (k, 4) float32 in pixels of the same picture, `classes` (k,) int64.

    `ignored` (m, 4), `ignored_classes` (m,): things that are there but are not asked for, such as one that is half
    outside the picture. Finding one is neither right nor wrong, as in VOC and COCO.
    """

    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    ignored: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    ignored_classes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
