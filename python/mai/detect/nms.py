"""Non-maximum suppression: of boxes that show the same thing, keep the best."""

from __future__ import annotations

import numpy as np

from mai.detect.detections import Detections
from mai.detect.geometry import iou


def suppress(found: Detections, iou_threshold: float) -> Detections:
    """Per class, drop a box that overlaps a better one by more than `iou_threshold`. Best first."""
    order = np.argsort(-found.scores, kind="stable")
    found = found.pick(order)
    overlap = iou(found.boxes, found.boxes) > iou_threshold
    rivals = overlap & (found.classes[:, None] == found.classes[None, :])
    keep = np.ones(len(found), bool)
    for index in range(len(found)):
        if keep[index]:
            keep[index + 1 :] &= ~rivals[index, index + 1 :]
    return found.pick(keep)
