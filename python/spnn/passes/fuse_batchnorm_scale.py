"""Fuse a BatchNorm and a Scale into one BatchNorm (docs/spnn-format.md §3.1)."""

from __future__ import annotations

import numpy as np

from spnn.format.graph import Blob
from spnn.format.values import get_int
from spnn.passes.network import Network


def fuse_batchnorm_scale(network: Network) -> None:
    """slope = slope * scale; bias = bias * scale (+ shift), each step in float32."""
    for norm in network.layers("BatchNorm"):
        scale = network.follower(norm, "Scale")
        if scale is None:
            continue
        if not scale.blobs or len(scale.blobs[0].data) != get_int(norm, "channels"):
            raise network.refuse(scale, f"must have {get_int(norm, 'channels')} factors, as many as {norm.name!r}")
        network.log.line(f"fuse_batchnorm_scale {norm.name} {scale.name}")
        slope, mean, variance, bias = (blob.values for blob in norm.blobs)
        factor = scale.blobs[0].values
        shift = scale.blobs[1].values if len(scale.blobs) > 1 else None
        with np.errstate(all="ignore"):
            new_bias = bias * factor if shift is None else bias * factor + shift
            norm.blobs = [Blob.raw(slope * factor), Blob.raw(mean), Blob.raw(variance), Blob.raw(new_bias)]
        network.absorb(norm, scale)
