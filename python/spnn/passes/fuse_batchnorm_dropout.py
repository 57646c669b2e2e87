"""Fuse a BatchNorm and a Dropout into one BatchNorm, in a separate pass (docs/spnn-format.md §3.1)."""

from __future__ import annotations

import numpy as np

from spnn.format.graph import Blob
from spnn.format.values import get_float
from spnn.passes.network import Network


def fuse_batchnorm_dropout(network: Network) -> None:
    """A Dropout is a factor; the tool logs this sweep under the name of the first."""
    for norm in network.layers("BatchNorm"):
        dropout = network.follower(norm, "Dropout")
        if dropout is None:
            continue
        network.log.line(f"fuse_batchnorm_scale {norm.name} {dropout.name}")
        slope, mean, variance, bias = (blob.values for blob in norm.blobs)
        factor = np.float32(get_float(dropout, "scale"))
        with np.errstate(all="ignore"):
            norm.blobs = [Blob.raw(slope * factor), Blob.raw(mean), Blob.raw(variance), Blob.raw(bias * factor)]
        network.absorb(norm, dropout)
