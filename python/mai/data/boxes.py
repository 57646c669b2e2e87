"""Cut the boxes of a photo to what the network sees of it, and decide which ones still show enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mai.detect.detections import Truth
from mai.detect.geometry import Boxes, Square, area, clip, into_square

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
    return seen_boxes(
        into_square(boxes, square, size), classes, (size, size), into_square(ignored, square, size), ignored_classes
    )


def seen_boxes(
    moved: Boxes,
    classes: NDArray[np.int64],
    size: tuple[int, int],
    ignored: Boxes = NO_BOXES,
    ignored_classes: NDArray[np.int64] = NO_CLASSES,
) -> Truth:
    """The same for boxes that are in pixels of the picture already, whose `size` is (width, height)."""
    left = clip(moved, *size)
    enough = (area(left) >= MIN_VISIBLE * area(moved)) & ((left[:, 2:] - left[:, :2]) >= MIN_SIDE).all(axis=1)
    rest = np.concatenate([left[~enough], clip(ignored, *size)])
    rest_classes = np.concatenate([classes[~enough], ignored_classes])
    is_seen = area(rest) > 0
    return Truth(left[enough], classes[enough], rest[is_seen], rest_classes[is_seen])
