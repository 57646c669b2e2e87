"""The shape of a blob, and integer arithmetic as C does it."""

from __future__ import annotations

from typing import NamedTuple

from spnn.format.constants import MAX_BLOB_ELEMENTS


class Shape(NamedTuple):
    """Number of dimensions and extents; unused extents are 1 (a vector of n is `1, n, 1, 1`)."""

    dims: int
    w: int
    h: int = 1
    c: int = 1

    @property
    def elements(self) -> int:
        """How many numbers the blob holds."""
        return self.w * self.h * self.c

    @property
    def array_shape(self) -> tuple[int, ...]:
        """As numpy writes it: (w,), (h, w) or (c, h, w)."""
        return ((self.w,), (self.h, self.w), (self.c, self.h, self.w))[self.dims - 1]


def vector(w: int) -> Shape | None:
    """A 1-D shape; None if it would be empty."""
    return checked(Shape(1, w))


def matrix(w: int, h: int) -> Shape | None:
    """A 2-D shape; None if it would be empty."""
    return checked(Shape(2, w, h))


def volume(w: int, h: int, c: int) -> Shape | None:
    """A 3-D shape; None if it would be empty."""
    return checked(Shape(3, w, h, c))


def checked(shape: Shape) -> Shape | None:
    """None where an extent is not positive or the blob could not be held in memory."""
    if min(shape) < 1 or shape.elements > MAX_BLOB_ELEMENTS:
        return None
    return shape


def divide(a: int, b: int) -> int:
    """C's integer division, which truncates: -1 / 2 is 0."""
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def remainder(a: int, b: int) -> int:
    """C's `%`, with the sign of `a`."""
    return a - b * divide(a, b)
