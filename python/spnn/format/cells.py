"""Parameter values: untyped 32-bit cells (docs/spnn-format.md §1.1).

The text decides how a cell is filled (with `.`, `e` or `E`: float32, else int32); whoever
reads the cell decides how its bits are understood. Here a cell is a Python int or float.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Cell = int | float
Value = int | float | tuple[int | float, ...]

_INT = re.compile(r"[+-]?[0-9]+\Z")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[+-]?(inf|nan)\Z")  # what C's printf writes
_LONGEST = 400  # characters; FLT_MAX written with %f has 46


def parse_cell(text: str) -> Cell:
    """The cell that `text` fills; ValueError (with the reason) where it is no number."""
    if len(text) > _LONGEST:
        raise ValueError(f"a number of {len(text)} characters")
    if _INT.match(text):
        number = int(text)
        if not -(2**31) <= number < 2**31:
            raise ValueError(f"{text} does not fit 32 bits")
        return number
    return parse_float32(text)


def parse_float32(text: str) -> float:
    """The float32 nearest to a decimal, rounded once (as strtof), returned as a Python float."""
    return float(parse_float32_row([text])[0])


def parse_float32_row(texts: Sequence[str]) -> NDArray[np.float32]:
    """The float32 nearest to each decimal, rounded once (as strtof); ValueError where one is no number.

    Going through float64 rounds twice; that differs only where the float64 lies exactly
    between two float32, so only there the decimal itself is looked at.
    """
    wide = np.array([_parse_float64(text) for text in texts])
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = wide.astype(np.float32)
        other = np.nextafter(narrow, np.where(wide > narrow, np.inf, -np.inf).astype(np.float32))
        halfway = (narrow.astype(np.float64) + other) / 2 == wide
    for at in np.flatnonzero(halfway & (narrow != wide)).tolist():
        exact, middle = Fraction(texts[at]), Fraction(wide[at])
        if exact != middle:
            narrow[at] = max(narrow[at], other[at]) if exact > middle else min(narrow[at], other[at])
    return narrow


def _parse_float64(text: str) -> float:
    if _NOT_FINITE.match(text) or (len(text) <= _LONGEST and _FLOAT.match(text)):
        return float(text)
    raise ValueError(f"{text[:40]!r} is not a number")


def as_int(cell: Cell) -> int:
    """The cell's bits read as int32."""
    if isinstance(cell, int):
        return cell
    value: int = struct.unpack("<i", np.float32(cell).tobytes())[0]
    return value


def as_float(cell: Cell) -> float:
    """The cell's bits read as float32."""
    if isinstance(cell, float):
        return cell
    value: float = struct.unpack("<f", struct.pack("<i", cell))[0]
    return value


def format_e(value: float) -> str:
    """C's `%e`."""
    return _signed_nan(value) or f"{value:e}"


def format_f(value: float) -> str:
    """C's `%f`."""
    return _signed_nan(value) or f"{value:f}"


def format_exact(value: float) -> str:
    """The shortest decimal that reads back as the same float32 and is recognised as a float."""
    if not math.isfinite(value):
        return _signed_nan(value) or f"{value:f}"
    text = str(np.float32(value))
    return text if "." in text or "e" in text else text + ".0"


def _signed_nan(value: float) -> str:
    if not math.isnan(value):
        return ""
    return "-nan" if math.copysign(1.0, value) < 0 else "nan"
