"""The fixed-point arithmetic of SPNN: rounding, saturation, (multiplier, shift) pairs.

Source of every formula: docs/spnn-format.md, "round()", "i16()" and §4.1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spnn.format.constants import INT_MIN

INT_MAX = 2**31 - 1
INT16_MIN, INT16_MAX = -(2**15), 2**15 - 1

RATIO_SHIFT = 15
"""Right shift of every ratio of at most 1 (docs/spnn-format.md §4.1)."""
CHANNEL_ONE = 1024
"""The value that stands for 1.0 in per-channel multipliers m16 and in PReLU slopes (docs/spnn-format.md §4.2, §4.4)."""


def round_half_away(values: ArrayLike) -> NDArray[np.float64]:
    """C `roundf`: nearest integer, halves away from zero. NaN and infinities pass through."""
    exact = np.asarray(values, np.float64)
    return np.copysign(np.floor(np.abs(exact) + 0.5), exact)


def to_int32(values: ArrayLike) -> NDArray[np.int32]:
    """`round()` of docs/spnn-format.md: NaN and what does not fit into int32 become INT_MIN."""
    exact = np.asarray(values, np.float64)
    if np.abs(exact).max(initial=0) < INT_MAX:  # false for NaN too
        return (exact + np.copysign(0.5, exact)).astype(np.int32)  # which cuts off towards zero
    rounded = round_half_away(exact)
    fits = (rounded >= INT_MIN) & (rounded <= INT_MAX)
    return np.where(fits, rounded, INT_MIN).astype(np.int64).astype(np.int32)


def to_int16(values: ArrayLike) -> NDArray[np.int16]:
    """`i16()` of docs/spnn-format.md: round to int32, then saturate to 16 bits."""
    return np.clip(to_int32(values), INT16_MIN, INT16_MAX).astype(np.int16)


def multiplier_and_shift(ratio: float) -> tuple[int, int]:
    """The (mult, shift) that stand for a float32 `ratio`: out = v * mult >> shift (docs/spnn-format.md §4.1).

    A ratio of at most 1 (and NaN) always has shift 15. Above 1 the multiplier lies in
    16384..32767 while the shift is positive; nothing is clamped, so a ratio of 32768 and
    more gives a shift of 0 and below, and infinity gives INT_MIN twice.
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        ratio32 = np.float32(ratio)
        if not ratio32 > 1:
            return int(to_int32(ratio32 * np.float32(INT16_MAX))), RATIO_SHIFT
        quotient = float(np.float32(INT16_MAX) / ratio32)
        # In float64, rounded once: numpy's float32 log2 differs in the last bit between processors.
        shift = math.trunc(float(np.float32(math.log2(quotient)))) if quotient > 0 else INT_MIN
        mult = int(to_int32(np.ldexp(np.float64(ratio32), shift))) if shift != INT_MIN else INT_MIN
    return mult, shift


def ratio_of(mult: int, shift: int) -> float:
    """The factor that a (mult, shift) pair really applies."""
    return math.ldexp(mult, -shift)
