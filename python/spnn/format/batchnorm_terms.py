"""Write a BatchNorm as value * b + a."""

from __future__ import annotations

import numpy as np

from spnn.format.graph import Layer
from spnn.format.values import get_float


def batchnorm_terms(norm: Layer) -> tuple[np.ndarray, np.ndarray]:
    """a and b, float32 (channels,), with the tool's rounding after every step (docs/spnn-format.md §3.2)."""
    slope, mean, variance, bias = (blob.values for blob in norm.blobs)
    with np.errstate(all="ignore"):
        deviation = np.sqrt(variance + np.float32(get_float(norm, "eps")))
        return bias - slope * mean / deviation, slope / deviation
