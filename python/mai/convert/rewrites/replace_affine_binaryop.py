"""Replace a BinaryOp with constants that no convolution could absorb by Power, Clip or Scale (on the CPU).

Without this pass, `optimize` loses the scalar of a sum, and for the other operations the calibration
leaves out the input's scale.
"""

from __future__ import annotations

import numpy as np
from spnn.format.graph import Blob, Layer
from spnn.format.values import get_float, get_int, params_of
from spnn.passes.network import Network

from mai.convert.refuse import refuse
from mai.convert.rewrites.affine import MAX, MIN, POW, RDIV, Affine, read_affine
from mai.convert.rewrites.fold_affine_into_convolution import drop_constant


def replace_affine_binaryop(network: Network) -> None:
    """Raises MaiError for operations with constants that none of these layers can carry out."""
    for layer in network.layers("BinaryOp"):
        affine = read_affine(network, layer)
        if affine is not None:
            drop_constant(network, layer, affine)
            _become_affine(layer, affine)
        elif get_int(layer, "with_scalar"):
            _become_nonlinear(layer)
        elif _takes_constants(network, layer):
            raise refuse(layer, f"operation {get_int(layer, 'op_type')} with constants", "compute it without constants")
        else:
            continue
        network.log.line(f"{layer.name}: BinaryOp became {layer.type}")


def _takes_constants(network: Network, layer: Layer) -> bool:
    makers = [network.maker(name) for name in layer.bottoms]
    return any(maker is not None and maker.type == "MemoryData" for maker in makers)


def _become_affine(layer: Layer, affine: Affine) -> None:
    if affine.is_scalar:
        layer.type = "Power"
        layer.params = params_of("Power", power=1.0, scale=float(affine.scale[0]), shift=float(affine.shift[0]))
        return
    layer.type = "Scale"
    layer.params = params_of("Scale", scale_data_size=affine.scale.size, bias_term=1)
    layer.blobs = [Blob.raw(affine.scale), Blob.raw(affine.shift)]


def _become_nonlinear(layer: Layer) -> None:
    operation, value = get_int(layer, "op_type"), get_float(layer, "b")
    if operation == POW:
        layer.type, layer.params = "Power", params_of("Power", power=value, scale=1.0, shift=0.0)
    elif operation == RDIV and value != 0:  # value / x = (x / value)^-1
        factor = float(np.float32(1) / np.float32(value))
        layer.type, layer.params = "Power", params_of("Power", power=-1.0, scale=factor, shift=0.0)
    elif operation == MAX:
        layer.type, layer.params = "Clip", params_of("Clip", min=value)
    elif operation == MIN:
        layer.type, layer.params = "Clip", params_of("Clip", max=value)
    else:
        raise refuse(layer, f"operation {operation} with the number {value:g}", "compute it another way")
