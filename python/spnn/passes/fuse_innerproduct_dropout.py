"""Fuse a Dropout behind an InnerProduct into its weights, as a factor (docs/spnn-format.md §3.3)."""

from __future__ import annotations

import numpy as np

from spnn.format.graph import Blob
from spnn.format.values import get_float
from spnn.passes.network import Network


def fuse_innerproduct_dropout(network: Network) -> None:
    """Weights and bias times the Dropout's scale, if that is not 1."""
    for layer in network.layers("InnerProduct"):
        dropout = network.follower(layer, "Dropout")
        if dropout is None:
            continue
        network.log.line(f"fuse_innerproduct_dropout {layer.name} {dropout.name}")
        factor = np.float32(get_float(dropout, "scale"))
        if factor != 1:
            with np.errstate(all="ignore"):
                scaled = [blob.values * factor for blob in layer.blobs]
            layer.blobs = [Blob.tagged(scaled[0]), *(Blob.raw(values) for values in scaled[1:])]
        network.absorb(layer, dropout)
