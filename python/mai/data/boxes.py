"""Boxes of a photo in a square of it: what is left of them, and whether that is enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mai.detect.detections import Truth
from mai.detect.geometry import Square, area, clip, into_square

MIN_VISIBLE = 0.4  # a box of which less than this share of its area is in the picture is dropped
MIN_SIDE = 6.0  # pixels of the network's input: less cannot be recognised


def boxes_in_square(boxes: NDArray[np.float32], classes: NDArray[np.int64], square: Square, size: int) -> Truth:
    """Boxes in pixels of the photo → those still visible, clipped, in pixels of the square scaled to `size`."""
    moved = into_square(boxes, square, size)
    left = clip(moved, size, size)
    enough = (area(left) >= MIN_VISIBLE * area(moved)) & ((left[:, 2:] - left[:, :2]) >= MIN_SIDE).all(axis=1)
    return Truth(left[enough], classes[enough])
