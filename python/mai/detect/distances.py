"""Boxes as distances from cells to the edges of things: what kidbright-mai-plus reads, and how it reads it. Pure numpy.

An answer (n, 4 + N, A) has for each of A cells left, top, right, bottom in strides, then N scores. Cells are row-major,
stride 8 first. box = ((col + 0.5 − l)·s, (row + 0.5 − t)·s) to ((col + 0.5 + r)·s, (row + 0.5 + b)·s). A box has one
class, its best one; boxes of one class that overlap are suppressed (docs/ide-contract.md § The board
kidbright-mai-plus).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mai.detect.detections import Detections
from mai.detect.geometry import clip
from mai.detect.nms import suppress

STRIDES = (8, 16, 32)  # pixels of the picture per cell of each level
HEIGHT, WIDTH = 224, 320  # pixels of the board's picture
FIRST_SCORE = 4
MOST = 300  # best boxes of a picture that are looked at: a network that has learnt nothing finds hundreds


@cache
def cells(height: int = HEIGHT, width: int = WIDTH) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Centres (A, 2) as x, y in pixels of a picture of this size, and strides (A,)."""
    centres, strides = [], []
    for stride in STRIDES:
        rows, cols = np.mgrid[: height // stride, : width // stride].astype(np.float32) + np.float32(0.5)
        centres.append(np.stack([cols.ravel(), rows.ravel()], axis=1) * stride)
        strides.append(np.full(rows.size, stride, np.float32))
    return np.concatenate(centres), np.concatenate(strides)


def decode_distances(
    output: NDArray[np.float32], labels: int, threshold: float = 0.0, iou_threshold: float | None = None
) -> list[Detections]:
    """Boxes in pixels of the board's picture, clipped to it, best first, for each picture of a batch.

    Scores behind those of the `labels` are padding: the IDE leaves their boxes out. Boxes that score below
    `threshold` are left out; with `iou_threshold`, per-class non-maximum suppression follows.
    """
    centres, strides = cells()
    found = []
    for answer in np.asarray(output, np.float32):
        scores = answer[FIRST_SCORE : FIRST_SCORE + labels]
        classes, best = scores.argmax(axis=0), scores.max(axis=0)
        order = np.argsort(-best, kind="stable")[:MOST]
        order = order[best[order] >= threshold]
        reach = answer[:FIRST_SCORE, order].T * strides[order, None]
        corners = np.concatenate([centres[order] - reach[:, :2], centres[order] + reach[:, 2:]], axis=1)
        one = Detections(clip(corners, WIDTH, HEIGHT), best[order], classes[order].astype(np.int64), best[order])
        found.append(one if iou_threshold is None else suppress(one, iou_threshold))
    return found
