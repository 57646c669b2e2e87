"""Constants of the board's YOLOv2 decoder. Its firmware fixes them, so the network must use the same."""

from __future__ import annotations

IMAGE_SIZE = 224  # pixels, width and height of the network's input
STRIDE = 32  # pixels of the input per cell of the output
GRID = IMAGE_SIZE // STRIDE  # 7 cells a side

# Width and height of each anchor, in cells.
ANCHORS: tuple[tuple[float, float], ...] = (
    (1.19, 1.98),
    (2.79, 4.59),
    (4.53, 8.92),
    (8.06, 5.29),
    (10.32, 10.65),
)

# Channels of one anchor: t_x, t_y, t_w, t_h, objectness, then one per class.
OBJECTNESS = 4
FIRST_CLASS = 5


def output_channels(classes: int, anchors: int = len(ANCHORS)) -> int:
    """Channels of the network's output; anchor a has `a·(5+N)` to `(a+1)·(5+N)−1`."""
    return anchors * (FIRST_CLASS + classes)
