"""Draw pictures that stand for photos where no photo may be used: discs that cover each other ("dead leaves").

Their edges and contrasts at all sizes are distributed as in photos of the world: Lee, Mumford, Huang, "Occlusion
Models for Natural Images", Int. J. Computer Vision 41, 2001. Radii have the density r^-3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SEED = 7
DISCS = 400  # they cover the picture
SMALLEST, LARGEST = 4.0 / 224, 110.0 / 224  # radii in sides of the picture
ROUGHNESS = (0, 4, 15)  # standard deviation of a disc's noise, in 1/256 of white


def dead_leaves(count: int, side: int) -> NDArray[np.uint8]:
    """`count` pictures, uint8 [count, side, side, 3]. The same numbers give the same pictures."""
    rng = np.random.default_rng(SEED)
    return np.stack([_picture(rng, side) for _ in range(count)])


def _picture(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    picture = np.broadcast_to(rng.integers(0, 256, 3), (side, side, 3)).astype(np.float32)
    shares = rng.random(DISCS)
    radii = (SMALLEST**-2 - shares * (SMALLEST**-2 - LARGEST**-2)) ** -0.5 * side
    for radius in radii:
        _draw_disc(picture, rng, float(radius))
    return picture.clip(0, 255).astype(np.uint8)


def _draw_disc(picture: NDArray[np.float32], rng: np.random.Generator, radius: float) -> None:
    """An ellipse with a colour, a shade that changes along it, and a rough or smooth surface."""
    side = len(picture)
    x, y = rng.random(2) * side
    left, top = (max(0, int(centre - radius)) for centre in (x, y))
    across, down = (min(side, int(centre + radius) + 2) for centre in (x, y))
    rows, columns = np.mgrid[top:down, left:across]
    angle, flatness = rng.random() * np.pi, rng.uniform(0.4, 1)
    along = ((columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)) / radius
    aside = ((rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)) / (radius * flatness)
    inside = along**2 + aside**2 < 1
    colour, tilt = rng.integers(0, 256, 3), rng.uniform(-0.5, 0.5)
    noise = rng.normal(0, rng.choice(ROUGHNESS), inside.sum())
    picture[top:down, left:across][inside] = colour * (1 + tilt * along[inside])[:, None] + noise[:, None]
