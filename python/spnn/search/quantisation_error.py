"""Compute the error that a scale causes, as relative squared error: rounding, clipping, gain of a multiplier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spnn.calibrate.statistics import BlobStatistics
from spnn.format.arithmetic import INT16_MAX, RATIO_SHIFT

INT8_MAX = 127


def rounding_error(blob: BlobStatistics, scales: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energy of round(x * s) / s - x over the energy of x, for every scale; from the blob's histogram."""
    filled = np.flatnonzero(blob.counts)
    x, count = (filled + 0.5) * float(blob.interval), blob.counts[filled].astype(np.float64)
    energy = float(count @ (x * x))
    if not energy:
        return np.zeros_like(scales)
    off = np.minimum(np.rint(x * scales[:, None]), INT8_MAX) / scales[:, None] - x
    return (off * off) @ count / energy


def gain_error(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared relative error of the multiplier that stands for each ratio (docs/spnn-format.md §4.1).

    Ratios up to 1 always have shift 15, so a ratio of 0.001 is a multiplier of 33: up to 1.5 %
    off. Above 1 the multiplier has 15 bits, and the error does not count.
    """
    small = np.minimum(ratios, 1.0)
    return np.where(ratios < 1, (np.rint(small * INT16_MAX) / 2**RATIO_SHIFT / small - 1) ** 2, 0.0)


def exact_ratios(low: float, high: float, most: int) -> NDArray[np.float64]:
    """Ratios in low..high whose multiplier is a whole number, at most `most` of them, evenly chosen."""
    first, last = int(np.ceil(low * 2**RATIO_SHIFT)), int(np.floor(min(high, 1.0) * 2**RATIO_SHIFT))
    if last < max(first, 1):
        return np.zeros(0)
    count = min(most, last - max(first, 1) + 1)
    multipliers: NDArray[np.float64] = np.unique(np.linspace(max(first, 1), last, count).round())
    return multipliers / (1 << RATIO_SHIFT)
