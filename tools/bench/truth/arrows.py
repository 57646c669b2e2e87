"""Photos of drawn arrows with known boxes: the signs by which a robot car turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from truth.drawn import Pixels, background

WIDTH, HEIGHT = 320, 240
DIRECTIONS = {"left": 180.0, "right": 0.0, "up": 270.0, "down": 90.0}  # degrees from right, clockwise
TURN = 15.0  # degrees: a hand-held camera is never level
# Of an arrow of length 2 that points to the right, around its middle.
OUTLINE = np.array([(-1, -0.25), (0.1, -0.25), (0.1, -0.6), (1, 0), (0.1, 0.6), (0.1, 0.25), (-1, 0.25)])


@dataclass(frozen=True)
class DrawnBoxes:
    """`pixels` uint8 [N, HEIGHT, WIDTH, 3] with one thing each; `boxes` float32 [N, 4] in pixels; `labels` int64."""

    pixels: Pixels
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]


def draw_arrows(rng: np.random.Generator, directions: Sequence[str], each: int) -> DrawnBoxes:
    """`each` photos of every direction, in turns: label i is `directions[i]`."""
    pixels, boxes, labels = [], [], []
    for number in range(each * len(directions)):
        label = number % len(directions)
        photo, box = _draw_arrow(rng, DIRECTIONS[directions[label]])
        pixels.append(photo)
        boxes.append(box)
        labels.append(label)
    return DrawnBoxes(np.stack(pixels), np.array(boxes, np.float32), np.array(labels, np.int64))


def _draw_arrow(rng: np.random.Generator, degrees: float) -> tuple[Pixels, tuple[float, float, float, float]]:
    scale = rng.uniform(25, 55) * np.array([1.0, rng.uniform(0.8, 1.3)])
    angle = np.radians(degrees + rng.uniform(-TURN, TURN))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    outline = (OUTLINE * scale) @ turn
    low, high = outline.min(0), outline.max(0)
    # In the middle square, which is what is checked; the arrow is whole in it.
    edge = (WIDTH - HEIGHT) / 2
    place = rng.uniform(np.array([edge, 0]) - low + 2, np.array([WIDTH - edge, HEIGHT]) - high - 2)
    canvas = background(rng, WIDTH)[:HEIGHT]
    photo = Image.fromarray((canvas * rng.uniform(0.8, 1.1)).clip(0, 255).astype(np.uint8))
    ink = rng.uniform(0, 255, 3)
    rim = (ink + 128) % 256
    ImageDraw.Draw(photo).polygon([tuple(point) for point in outline + place], fill=_colour(ink), outline=_colour(rim))
    return np.asarray(photo), (*(low + place), *(high + place))


def _colour(values: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
