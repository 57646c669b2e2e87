"""Find the picture that boxes were drawn on: the upright photo, a copy of another size, or the pixels as stored.

`<size>` of an annotation says how large that picture was. If both sides differ by the same factor, it was a copy. If
the sides are swapped, the program did not turn the photo as its EXIF says. Boxes are converted to pixels of the
upright photo. If the sizes do not fit in any way, it is unknown where the boxes belong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Size = tuple[float, float]  # width, height
ROUNDED = 1.0  # pixels: a copy's sides are whole numbers, and some programs count from 0
SMALLEST = 8.0  # pixels: sides below this fit anything
BEYOND = 0.1  # of a side that boxes may reach beyond the picture they were drawn on
SWAPS_SIDES = (5, 6, 7, 8)  # EXIF orientations


@dataclass(frozen=True)
class PhotoSize:
    """`width`, `height` in pixels of the upright photo, and the EXIF orientation that made it upright (1: none)."""

    width: int
    height: int
    orientation: int = 1

    @property
    def stored(self) -> Size:
        swaps = self.orientation in SWAPS_SIDES
        return (self.height, self.width) if swaps else (self.width, self.height)


@dataclass(frozen=True)
class Program:
    """What the annotations of a project together say of the program that the boxes were drawn in.

    `shows_upright`: whether it turns photos as their EXIF says; None: nothing tells. `all_copies`: every photo whose
    annotation says a size was a copy of another size.
    """

    shows_upright: bool | None = None
    all_copies: bool = False


@dataclass(frozen=True)
class DrawnOn:
    """The picture that boxes were drawn on: its `size`, and whether it was upright; `is_sure` of the latter."""

    size: Size
    upright: bool
    is_sure: bool


def drawn_on(stated: Size | None, photo: PhotoSize, program: Program) -> DrawnOn | None:
    """Where boxes of a picture of the `stated` size belong; None where no copy of the photo has that size."""
    assumed_upright = program.shows_upright is not False
    is_sure = photo.orientation == 1 or program.shows_upright is not None
    if stated is None:
        size = (photo.width, photo.height) if assumed_upright else photo.stored
        return DrawnOn(size, assumed_upright, is_sure)
    upright, stored = _fits_upright(stated, photo), _fits_stored(stated, photo)
    if upright and stored:
        return DrawnOn(stated, assumed_upright, is_sure)
    return DrawnOn(stated, upright, True) if upright or stored else None


def turns_photos(stated: Iterable[tuple[Size, PhotoSize]]) -> bool | None:
    """`shows_upright` of the Program, by the photos where it makes a difference; None also where they disagree."""
    seen = {
        _fits_upright(size, photo)
        for size, photo in stated
        if photo.orientation != 1 and _fits_upright(size, photo) != _fits_stored(size, photo)
    }
    return seen.pop() if len(seen) == 1 else None


def all_copies(stated: Sequence[tuple[Size, PhotoSize]]) -> bool:
    """`all_copies` of the Program."""
    return bool(stated) and not any(
        _is_equal(size, (photo.width, photo.height)) or _is_equal(size, photo.stored) for size, photo in stated
    )


def fits_either_way(stated: Size, photo: PhotoSize) -> bool:
    """Whether a picture of this size can be a copy of the photo, upright or as stored."""
    return _fits_upright(stated, photo) or _fits_stored(stated, photo)


def to_upright(edges: NDArray[np.float32], picture: DrawnOn, photo: PhotoSize) -> NDArray[np.float32]:
    """Boxes (k, 4) in pixels of the picture they were drawn on → in pixels of the upright photo."""
    width, height = (photo.width, photo.height) if picture.upright else photo.stored
    factor = np.array([_factor(picture.size[0], width), _factor(picture.size[1], height)] * 2, np.float32)
    scaled = edges * factor
    return scaled if picture.upright else turn(scaled, (width, height), photo.orientation)


def turn(edges: NDArray[np.float32], stored: Size, orientation: int) -> NDArray[np.float32]:
    """Boxes (k, 4) of a stored picture (width, height) → of the picture that its EXIF orientation makes of it."""
    width, height = stored
    x, y = edges[:, [0, 2]], edges[:, [1, 3]]
    if orientation in (2, 3, 7, 8):
        x = width - x
    if orientation in (3, 4, 6, 7):
        y = height - y
    if orientation in SWAPS_SIDES:
        x, y = y, x
    return np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1)


def reaches_beyond(edges: NDArray[np.float32], stated: Size) -> bool:
    """Whether a box lies so far outside the stated picture that it cannot have been drawn on it."""
    if not len(edges):
        return False
    corner = np.nanmax(np.concatenate([edges[:, :2], edges[:, 2:], np.zeros((1, 2), np.float32)]), axis=0)
    return bool((corner > np.array(stated) * (1 + BEYOND) + ROUNDED).any())


def _fits_upright(stated: Size, photo: PhotoSize) -> bool:
    return _is_copy(stated, (photo.width, photo.height))


def _fits_stored(stated: Size, photo: PhotoSize) -> bool:
    return _is_copy(stated, photo.stored)


def _is_copy(stated: Size, size: Size) -> bool:
    """The same sides, or the sides times one number."""
    if _is_equal(stated, size):
        return True
    if min(stated) < SMALLEST:
        return False
    low = max((side - ROUNDED) / wanted for side, wanted in zip(stated, size, strict=True))
    high = min((side + ROUNDED) / wanted for side, wanted in zip(stated, size, strict=True))
    return low <= high


def _is_equal(stated: Size, size: Size) -> bool:
    return all(abs(side - wanted) <= ROUNDED for side, wanted in zip(stated, size, strict=True))


def _factor(stated: float, side: float) -> float:
    return 1.0 if abs(stated - side) <= ROUNDED else side / stated
