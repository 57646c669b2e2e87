"""A sum or product with constants behind a convolution → its weights and bias.

`optimize` turns the sum into an Eltwise that loses a scalar and crashes the calibration on
constants; folded, it costs nothing on the board.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spnn.format.graph import Blob, Graph, Layer
from spnn.format.values import get_int, set_param

from mai.convert.rewrites.affine import Affine, read_affine
from mai.convert.rewrites.edit import remove

TARGETS = ("Convolution", "ConvolutionDepthWise", "InnerProduct")  # a Deconvolution's weights lie in another order


def fold_affine_into_convolution(graph: Graph) -> list[str]:
    """Runs behind unfuse_activations; a layer that still has a fused activation is left alone."""
    done = []
    for layer in list(graph.layers):
        affine = read_affine(graph, layer)
        if affine is None:
            continue
        maker = graph.producers()[affine.source]
        if maker.type not in TARGETS or get_int(maker, "activation_type"):
            continue
        if affine.scale.size not in (1, get_int(maker, "num_output")):
            continue
        _fold(maker, affine)
        drop_constant(graph, layer, affine)
        remove(graph, layer)
        done.append(f"{layer.name}: folded into {maker.name}")
    return done


def drop_constant(graph: Graph, layer: Layer, affine: Affine) -> None:
    """Disconnect the constant of a BinaryOp, which then has one input."""
    layer.bottoms = [affine.source]
    if affine.constant is not None:
        graph.layers.remove(affine.constant)


def _fold(layer: Layer, affine: Affine) -> None:
    outputs = get_int(layer, "num_output")
    scale = np.broadcast_to(affine.scale.astype(np.float64), (outputs,))
    weights = layer.blobs[0].values.astype(np.float64).reshape(outputs, -1) * scale[:, None]
    bias = _bias(layer, outputs).astype(np.float64) * scale + affine.shift.astype(np.float64)
    set_param(layer, "bias_term", 1)
    layer.blobs = [Blob.tagged(weights), Blob.raw(bias)]


def _bias(layer: Layer, outputs: int) -> NDArray[np.float32]:
    return layer.blobs[1].values if get_int(layer, "bias_term") else np.zeros(outputs, np.float32)
