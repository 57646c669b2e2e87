"""Compute the vendor tool's histogram of a blob: 2048 float bins over magnitudes (docs/spnn-format.md §5.4, §5.5)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BINS = 2048
BIN_START = np.float32(1e-5)
"""What every bin holds before the first count."""
COUNTED_FROM = np.float32(0.1)
"""Magnitudes up to this share of an interval are not counted, zeros among them."""
_BLOCK = 1 << 19  # values at a time: 2 MB, so that the passes over a block stay in the processor's cache
_FLOAT_COUNTS_UP_TO = 1 << 24  # adding 1 to this float32 changes nothing


def interval_of(maximum: float | np.float32) -> np.float32:
    """Width of a bin: f32(max / 2048)."""
    return np.float32(maximum) / np.float32(BINS)


def count_magnitudes(x: Tensor, interval: np.float32) -> NDArray[np.int64]:
    """How many values fall into each bin: min(trunc(|x| / interval), 2047). Zeros for an all-zero blob."""
    counts = torch.zeros(BINS, dtype=torch.int64)
    if not interval > 0:
        return counts.numpy()
    cut = float(interval * COUNTED_FROM)
    flat = _flat(x)
    magnitude, index = torch.empty(_BLOCK), torch.empty(_BLOCK, dtype=torch.int32)
    for start in range(0, flat.numel(), _BLOCK):
        block = flat[start : start + _BLOCK]
        size = block.numel()
        absolute = torch.abs(block, out=magnitude[:size])
        counts[0] -= (absolute <= cut).count_nonzero()
        bins = index[:size].copy_(absolute.div_(float(interval)).clamp_(max=BINS - 1))
        counts += torch.bincount(bins, minlength=BINS)
    return counts.numpy()


def as_float_bins(counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """What a float32 bin holds after starting at 1e-5 and growing by 1 `counts` times."""
    few = len(_SMALL_COUNTS)
    small = _SMALL_COUNTS[np.minimum(counts, few - 1)]
    return np.where(counts < few, small, np.minimum(counts, _FLOAT_COUNTS_UP_TO).astype(np.float32))


def _flat(x: Tensor) -> Tensor:
    """All values in the order they lie in memory, without a copy where that is possible."""
    if x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last):
        x = x.permute(0, 2, 3, 1)
    return x.reshape(-1)


# The start value is lost by rounding long before 4096.
_SMALL_COUNTS = np.cumsum(np.concatenate([[BIN_START], np.ones(4095)]).astype(np.float32), dtype=np.float32)
