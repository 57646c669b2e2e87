"""Choose up to which magnitude the values of a blob should be representable, by several criteria."""

from __future__ import annotations

import numpy as np

from spnn.calibrate.statistics import BlobStatistics
from spnn.search.blob_scales import Criterion
from spnn.search.quantisation_error import INT8_MAX, rounding_error

_CANDIDATES = 40
_SMALLEST = 0.25
"""Thresholds below this share of the maximum are not tried."""


def maximum(blob: BlobStatistics) -> float:
    """Nothing is cut off."""
    return float(blob.maximum)


def percentile(percent: float) -> Criterion:
    """The magnitude below which this percentage of the values other than 0 lies."""

    def threshold(blob: BlobStatistics) -> float:
        running = np.cumsum(blob.counts)
        upper_bin = int(np.searchsorted(running, running[-1] * percent / 100)) + 1
        return upper_bin * float(blob.interval)

    return threshold


def least_square(blob: BlobStatistics) -> float:
    """Least squared error of rounding and cutting off together."""
    thresholds = np.geomspace(_SMALLEST, 1.0, _CANDIDATES) * float(blob.maximum)
    return float(thresholds[np.argmin(rounding_error(blob, INT8_MAX / thresholds))])
