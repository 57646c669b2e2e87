"""Drawn photos with known truth: scenes as a pupil has them, and frames as a button held down makes them.

A scene is a background, a light and a thing that lies in one place. A frame of it is what a hand-held camera sees:
moved by a few pixels, a little lighter or darker, with noise. A label is a shape with a pattern; its colour, size,
place and background are the scene's, so that only new scenes show whether the shape was learnt.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mai.data.images import Photo
from mai.data.store import PhotoStore
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE = 224
MARGIN = 12  # pixels around the picture into which the camera moves
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """`canvas` uint8 [SIDE + 2 MARGIN, SIDE + 2 MARGIN, 3]; `box` of the thing in it, x1 y1 x2 y2."""

    canvas: Pixels
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class DrawnPhotos:
    """`pixels` uint8 [N, SIDE, SIDE, 3]; `labels` and `scenes` say for each which it is."""

    pixels: Pixels
    labels: NDArray[np.int64]
    scenes: NDArray[np.int64]

    def store(self) -> PhotoStore:
        """As the training has its photos after decoding; the names say label and number."""
        names = [f"dataset/{label_names(100)[label]}/{row:05}.png" for row, label in enumerate(self.labels)]
        photos = tuple(Photo(Path(name), name, int(label)) for name, label in zip(names, self.labels, strict=True))
        digests = tuple(hashlib.sha256(photo.tobytes()).hexdigest() for photo in self.pixels)
        return PhotoStore(photos, digests, torch.from_numpy(self.pixels))


def label_names(count: int) -> tuple[str, ...]:
    return tuple(f"label-{number:02}" for number in range(count))


def draw_photos(
    rng: np.random.Generator, labels: int, scenes: int, frames: int, move: float = 4.0, thing: float = 0.3
) -> DrawnPhotos:
    """`scenes` of each label with so many `frames`; a frame is moved by up to `move` pixels.

    `thing`: mean width of the thing as a share of the picture; smaller things are harder.
    """
    pixels, of_label, of_scene = [], [], []
    for label in range(labels):
        for number in range(scenes):
            scene = draw_scene(rng, label, thing)
            for _ in range(frames):
                pixels.append(take_frame(rng, scene, move)[0])
                of_label.append(label)
                of_scene.append(label * scenes + number)
    return DrawnPhotos(np.stack(pixels), np.array(of_label, np.int64), np.array(of_scene, np.int64))


def draw_scene(rng: np.random.Generator, label: int, thing: float = 0.3) -> Scene:
    side = SIDE + 2 * MARGIN
    canvas = background(rng, side)
    radius = side * thing / 2 * rng.uniform(0.75, 1.3)
    centre = rng.uniform(MARGIN + radius, side - MARGIN - radius, 2)
    outline = _outline(label, rng.uniform(0, 2 * np.pi), radius) + centre
    ink, other = _colours(rng)
    pattern = _pattern(rng, side, label)
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).polygon([tuple(point) for point in outline], fill=255)
    inside = np.asarray(mask, np.float32)[..., None] / 255
    painted = ink * pattern + other * (1 - pattern)
    light = rng.uniform(0.7, 1.2) * rng.uniform(0.9, 1.1, 3)
    whole = (canvas * (1 - inside) + painted * inside) * light
    low, high = outline.min(0), outline.max(0)
    return Scene(whole.clip(0, 255).astype(np.uint8), (low[0], low[1], high[0], high[1]))


def take_frame(
    rng: np.random.Generator, scene: Scene, move: float = 4.0
) -> tuple[Pixels, tuple[float, float, float, float]]:
    """A photo uint8 [SIDE, SIDE, 3], and the box of the thing in it."""
    x, y = np.round(MARGIN + rng.uniform(-move, move, 2)).astype(int)
    cut = scene.canvas[y : y + SIDE, x : x + SIDE].astype(np.float32)
    cut = cut * rng.uniform(0.94, 1.06) + rng.normal(0, 5, cut.shape)
    x1, y1, x2, y2 = scene.box
    return cut.clip(0, 255).astype(np.uint8), (x1 - x, y1 - y, x2 - x, y2 - y)


def saved_again(pixels: Pixels, quality: int, side: int = SIDE) -> Pixels:
    """The photo after a program wrote it as JPEG with that side, as the training reads it."""
    file = io.BytesIO()
    Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR).save(file, "JPEG", quality=quality)
    again = Image.open(file).convert("RGB")
    return np.asarray(again.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def joined(parts: Sequence[DrawnPhotos]) -> DrawnPhotos:
    return DrawnPhotos(
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.scenes for part in parts]),
    )


def background(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Soft spots of colour, and things that lie about."""
    coarse = rng.uniform(40, 215, (int(rng.integers(2, 7)),) * 2 + (3,)).astype(np.uint8)
    soft = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(soft)
    for _ in range(int(rng.integers(3, 12))):
        x, y, width, height = rng.uniform(0, side), rng.uniform(0, side), *rng.uniform(8, side / 3, 2)
        colour = tuple(int(value) for value in rng.integers(20, 235, 3))
        kind = rng.integers(3)
        if kind == 0:
            draw.rectangle((x, y, x + width, y + height), fill=colour)
        elif kind == 1:
            draw.ellipse((x, y, x + width, y + height), fill=colour)
        else:
            draw.line((x, y, *rng.uniform(0, side, 2)), fill=colour, width=int(rng.integers(2, 9)))
    grain = rng.normal(0, rng.uniform(2, 10), (side, side, 1))
    return np.asarray(soft, np.float32) + grain.astype(np.float32)


def _outline(label: int, turn: float, radius: float) -> NDArray[np.float64]:
    """A polygon of 3 to 7 corners; odd labels are stars of it. float [points, 2] around 0."""
    corners = 3 + (label // 2) % 5
    count = 2 * corners if label % 2 else corners
    angles = turn + np.arange(count) * 2 * np.pi / count
    reach = np.where(np.arange(count) % 2 == 1, 0.45, 1.0) if label % 2 else np.ones(count)
    return radius * reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)


def _pattern(rng: np.random.Generator, side: int, label: int) -> NDArray[np.float32]:
    """Stripes, checks or dots of a width that belongs to the label, turned at random; 0 to 1, [side, side, 1]."""
    rows, columns = np.mgrid[:side, :side]
    angle = rng.uniform(0, np.pi)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    across = rows * np.cos(angle) - columns * np.sin(angle)
    width = (5.0, 8.0, 12.0)[label % 3] * rng.uniform(0.85, 1.15)
    waves = np.sin(2 * np.pi * along / width), np.sin(2 * np.pi * across / width)
    value = (waves[0], waves[0] * waves[1], np.minimum(*waves))[label % 3]
    return (value > 0).astype(np.float32)[..., None]


def _colours(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first = rng.uniform(20, 235, 3)
    return first, (first + rng.uniform(60, 195, 3)) % 255
