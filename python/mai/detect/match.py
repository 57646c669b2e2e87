"""Match found boxes with drawn boxes: greedy, best score first, each drawn box at most once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mai.detect.detections import ANY_CLASS, Detections, Truth
from mai.detect.geometry import iou, share_inside

NOTHING = -1


def match(found: Detections, truth: Truth, iou_threshold: float, same_class: bool = True) -> NDArray[np.int64]:
    """(k,) index of the drawn box that each found box (best first) shows, or NOTHING.

    A pair needs an IoU of at least `iou_threshold` and, with `same_class`, the same class. The order
    by score makes the answer for a higher score threshold a prefix of this one.
    """
    overlap = iou(found.boxes, truth.boxes)
    allowed = overlap >= max(iou_threshold, 1e-6)
    if same_class:
        allowed &= found.classes[:, None] == truth.classes[None, :]
    matched = np.full(len(found), NOTHING, np.int64)
    free = np.ones(len(truth.classes), bool)
    for index in np.argsort(-found.scores, kind="stable"):
        candidates = np.flatnonzero(allowed[index] & free)
        if len(candidates):
            best = candidates[overlap[index, candidates].argmax()]
            matched[index] = best
            free[best] = False
    return matched


def is_ignored(found: Detections, truth: Truth, matched: NDArray[np.int64], iou_threshold: float) -> NDArray[np.bool_]:
    """(k,) whether a found box without a partner in `matched` shows an ignored thing.

    COCO's rule for crowds: enough of the found box lies inside an ignored box of its class.
    """
    if not len(truth.ignored):
        return np.zeros(len(found), bool)
    classes = truth.ignored_classes[None, :]
    shows = share_inside(found.boxes, truth.ignored) >= max(iou_threshold, 1e-6)
    shows &= (classes == found.classes[:, None]) | (classes == ANY_CLASS)
    return shows.any(axis=1) & (matched == NOTHING)
