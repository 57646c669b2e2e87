"""Fold a sum or product with constants behind a convolution into its weights and bias.

`optimize` would turn the sum into an Eltwise that loses a scalar, and constants would crash the
calibration. Folded, it costs nothing on the board.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spnn.format.graph import Blob, Layer
from spnn.format.values import get_int, set_param
from spnn.passes.network import Network

from mai.convert.rewrites.affine import Affine, read_affine

TARGETS = ("Convolution", "ConvolutionDepthWise", "InnerProduct")  # a Deconvolution's weights lie in another order


def fold_affine_into_convolution(network: Network) -> None:
    """Runs after unfuse_activations; a layer that still has a fused activation is not changed."""
    for layer in network.layers("BinaryOp"):
        affine = read_affine(network, layer)
        if affine is None:
            continue
        maker = network.maker(affine.source)
        if maker is None or maker.type not in TARGETS or get_int(maker, "activation_type"):
            continue
        if affine.scale.size not in (1, get_int(maker, "num_output")):
            continue
        _fold(maker, affine)
        drop_constant(network, layer, affine)
        network.bypass(layer)
        network.log.line(f"{layer.name}: folded into {maker.name}")


def drop_constant(network: Network, layer: Layer, affine: Affine) -> None:
    """Disconnect the constant of a BinaryOp, which then has one input."""
    for blob in [blob for blob in layer.bottoms if blob != affine.source]:
        network.drop_input(layer, blob)
    if affine.constant is not None:
        network.remove(affine.constant)


def _fold(layer: Layer, affine: Affine) -> None:
    outputs = get_int(layer, "num_output")
    scale = np.broadcast_to(affine.scale.astype(np.float64), (outputs,))
    weights = layer.blobs[0].values.astype(np.float64).reshape(outputs, -1) * scale[:, None]
    bias = _bias(layer, outputs).astype(np.float64) * scale + affine.shift.astype(np.float64)
    set_param(layer, "bias_term", 1)
    layer.blobs = [Blob.tagged(weights), Blob.raw(bias)]


def _bias(layer: Layer, outputs: int) -> NDArray[np.float32]:
    return layer.blobs[1].values if get_int(layer, "bias_term") else np.zeros(outputs, np.float32)
