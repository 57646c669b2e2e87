"""Fold a BatchNorm behind a layer with weights into these weights (docs/spnn-format.md §3.2)."""

from __future__ import annotations

import numpy as np

from spnn.format.batchnorm_terms import batchnorm_terms
from spnn.format.graph import Blob, Layer
from spnn.format.values import get_int, set_param
from spnn.passes.network import Network


def fuse_batchnorm(network: Network, kind: str) -> None:
    """w = w * b; bias = bias * b + a, for all layers of type `kind`; a missing bias is created as 0."""
    for layer in network.layers(kind):
        norm = network.follower(layer, "BatchNorm")
        if norm is None:
            continue
        channels = get_int(norm, "channels")
        if channels != get_int(layer, "num_output") or channels < 1 or len(layer.blobs[0].data) % channels:
            raise network.refuse(norm, f"has {channels} channels and cannot be folded into {layer.name!r}")
        network.log.line(f"fuse_{kind.lower()}_batchnorm {layer.name} {norm.name}")
        if get_int(layer, "activation_type"):
            msg = f"its activation is applied before BatchNorm {norm.name}, which was folded into its weights"
            network.log.warn("batchnorm_behind_activation", layer.name, msg)
        _fold(layer, norm, channels)
        network.absorb(layer, norm)


def _fold(layer: Layer, norm: Layer, channels: int) -> None:
    a, b = batchnorm_terms(norm)
    weights = layer.blobs[0].values.reshape(channels, -1)
    bias = layer.blobs[1].values if get_int(layer, "bias_term") else np.zeros(channels, np.float32)
    with np.errstate(all="ignore"):
        layer.blobs = [Blob.tagged(weights * b[:, None]), Blob.raw(bias * b + a)]
    set_param(layer, "bias_term", 1)
