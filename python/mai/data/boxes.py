"""Cut the boxes of a photo to a square of it, and decide which ones still show enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mai.detect.detections import Truth
from mai.detect.geometry import Square, area, clip, into_square

MIN_VISIBLE = 0.4  # a box of which less than this share of its area is in the picture is not asked for
MIN_SIDE = 6.0  # pixels of the network's input: less cannot be recognised

NO_BOXES = np.zeros((0, 4), np.float32)
NO_CLASSES = np.zeros(0, np.int64)


def boxes_in_square(
    boxes: NDArray[np.float32],
    classes: NDArray[np.int64],
    square: Square,
    size: int,
    ignored: NDArray[np.float32] = NO_BOXES,
    ignored_classes: NDArray[np.int64] = NO_CLASSES,
) -> Truth:
    """Boxes in pixels of the photo → those still visible, clipped, in pixels of the square scaled to `size`.

    A box that is partly visible, but too little of it, is ignored together with the `ignored` boxes.
    """
    moved = into_square(boxes, square, size)
    left = clip(moved, size, size)
    enough = (area(left) >= MIN_VISIBLE * area(moved)) & ((left[:, 2:] - left[:, :2]) >= MIN_SIDE).all(axis=1)
    rest = np.concatenate([left[~enough], clip(into_square(ignored, square, size), size, size)])
    rest_classes = np.concatenate([classes[~enough], ignored_classes])
    is_seen = area(rest) > 0
    return Truth(left[enough], classes[enough], rest[is_seen], rest_classes[is_seen])
