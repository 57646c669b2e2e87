"""Decode the network's output to boxes, as the board's YOLOv2 decoder does. Pure numpy.

For anchor a in cell (row, col), channels `a·(5+N)` + 0..3 t_x, t_y, t_w, t_h; 4 objectness; 5.. classes:
b_x = (σ(t_x) + col)·32, b_w = anchor_w·e^{t_w}·32, score = σ(objectness)·softmax(classes).
A box has one class, its best one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mai.detect.anchors import ANCHORS, FIRST_CLASS, OBJECTNESS, STRIDE
from mai.detect.detections import Detections
from mai.detect.geometry import clip
from mai.detect.nms import suppress

MAX_LOG_SIZE = 8.0  # e^8 cells is wider than any picture: keeps e^t finite if a network diverges


def decode_boxes(
    output: NDArray[np.float32],
    anchors: Sequence[Sequence[float]] = ANCHORS,
    threshold: float = 0.0,
    iou_threshold: float | None = None,
) -> list[Detections]:
    """Boxes in pixels of the network's input, clipped to it, best first, for each picture of a batch.

    `output` is (n, A·(5+N), rows, cols), float. Boxes that score below `threshold` are left out;
    with `iou_threshold`, per-class non-maximum suppression follows.
    """
    sizes = np.asarray(anchors, np.float32)
    n, channels, rows, cols = output.shape
    per_anchor = channels // len(sizes)
    raw = np.asarray(output, np.float32).reshape(n, len(sizes), per_anchor, rows, cols)

    objectness = _sigmoid(raw[:, :, OBJECTNESS])  # (n, A, rows, cols)
    probabilities = _softmax(raw[:, :, FIRST_CLASS:], axis=2)
    classes = probabilities.argmax(axis=2)
    scores = objectness * probabilities.max(axis=2)

    centre_x = (_sigmoid(raw[:, :, 0]) + np.arange(cols, dtype=np.float32)) * STRIDE
    centre_y = (_sigmoid(raw[:, :, 1]) + np.arange(rows, dtype=np.float32)[:, None]) * STRIDE
    width = sizes[:, 0, None, None] * np.exp(np.minimum(raw[:, :, 2], MAX_LOG_SIZE)) * STRIDE
    height = sizes[:, 1, None, None] * np.exp(np.minimum(raw[:, :, 3], MAX_LOG_SIZE)) * STRIDE
    corners = np.stack(
        [centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2], axis=-1
    )
    boxes = clip(corners, cols * STRIDE, rows * STRIDE)

    found = []
    for index in range(n):
        keep = scores[index] >= threshold
        each = Detections(boxes[index][keep], scores[index][keep], classes[index][keep], objectness[index][keep])
        found.append(each.pick(np.argsort(-each.scores, kind="stable")))
    return found if iou_threshold is None else [suppress(each, iou_threshold) for each in found]


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    # Through tanh: never overflows, whatever the sign.
    return (0.5 * (1 + np.tanh(0.5 * x))).astype(np.float32)


def _softmax(x: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    exponent = np.exp(x - x.max(axis=axis, keepdims=True))
    return (exponent / exponent.sum(axis=axis, keepdims=True)).astype(np.float32)
