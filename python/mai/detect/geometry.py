"""Boxes as arrays of (x1, y1, x2, y2) in pixels, edges at x1 and x2 (width is x2 − x1). Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]  # (k, 4)


def area(boxes: Boxes) -> NDArray[np.float32]:
    """(k, 4) → (k,); 0 for an empty or reversed box."""
    size = np.maximum(boxes[..., 2:] - boxes[..., :2], 0)
    return size[..., 0] * size[..., 1]


def iou(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Intersection over union of every pair: (k, 4), (m, 4) → (k, m)."""
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = area(np.concatenate([top_left, bottom_right], axis=-1))
    union = area(first)[:, None] + area(second)[None, :] - shared
    return (shared / np.maximum(union, 1e-9)).astype(np.float32)


def share_inside(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """How much of each first box lies in each second one: (k, 4), (m, 4) → (k, m), 0..1."""
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = area(np.concatenate([top_left, bottom_right], axis=-1))
    return (shared / np.maximum(area(first)[:, None], 1e-9)).astype(np.float32)


def clip(boxes: NDArray[np.floating[Any]], width: float, height: float) -> Boxes:
    """The part of each box that lies in a picture of this size."""
    return np.clip(boxes, 0, np.array([width, height, width, height], np.float32)).astype(np.float32)


@dataclass(frozen=True)
class Square:
    """A square cut from a photo, in the photo's pixels."""

    left: float
    top: float
    side: float


def centre_square(width: int, height: int) -> Square:
    """The square that the board's camera, validation and inference see."""
    side = min(width, height)
    return Square((width - side) / 2, (height - side) / 2, side)


def into_square(boxes: Boxes, square: Square, size: float) -> Boxes:
    """Boxes of the photo → boxes of its square scaled to `size` pixels a side (not clipped)."""
    offset = np.array([square.left, square.top] * 2, np.float32)
    return ((boxes - offset) * np.float32(size / square.side)).astype(np.float32)


def out_of_square(boxes: Boxes, square: Square, size: float) -> Boxes:
    """The way back: boxes of the scaled square → boxes of the photo."""
    offset = np.array([square.left, square.top] * 2, np.float32)
    return (boxes * np.float32(square.side / size) + offset).astype(np.float32)


@dataclass(frozen=True)
class Fitted:
    """Where a whole photo of `photo` (width, height) lies in a picture with bars: `left`, `top`, `width`, `height`."""

    photo: tuple[int, int]
    left: int
    top: int
    width: int
    height: int


def fit_whole(photo: tuple[int, int], width: int, height: int) -> Fitted:
    """As large as it can be in a picture of `width` and `height`, in its middle."""
    scale = min(width / photo[0], height / photo[1])
    wide, high = (max(1, min(most, round(side * scale))) for side, most in zip(photo, (width, height), strict=True))
    return Fitted(photo, (width - wide) // 2, (height - high) // 2, wide, high)


def into_fitted(boxes: Boxes, fitted: Fitted) -> Boxes:
    """Boxes of the photo → boxes of the picture that it lies in."""
    return (boxes * _scale(fitted) + _corner(fitted)).astype(np.float32)


def out_of_fitted(boxes: Boxes, fitted: Fitted) -> Boxes:
    """The way back, clipped to the photo: there is nothing in the bars."""
    return clip((boxes - _corner(fitted)) / _scale(fitted), *fitted.photo)


def _scale(fitted: Fitted) -> NDArray[np.float32]:
    return np.array([fitted.width / fitted.photo[0], fitted.height / fitted.photo[1]] * 2, np.float32)


def _corner(fitted: Fitted) -> NDArray[np.float32]:
    return np.array([fitted.left, fitted.top] * 2, np.float32)
