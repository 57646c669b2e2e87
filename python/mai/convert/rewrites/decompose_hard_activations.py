"""Replace HardSigmoid and HardSwish by Power, Clip (and a product).

`quantize` writes none of their parameters, and PyTorch's slope of 1/6 is not the format's default
of 0.2. So without this pass the board would compute another function.
"""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_float, params_of
from spnn.passes.network import Network

MUL = 2


def decompose_hard_activations(network: Network) -> None:
    """y = clip(alpha·x + beta, 0, 1), and x times that for HardSwish."""
    for layer in network.layers("HardSigmoid", "HardSwish"):
        network.replace(layer, _parts(network, layer))
        network.log.line(f"{layer.name}: {layer.type} became Power and Clip")


def _parts(network: Network, layer: Layer) -> list[Layer]:
    (bottom,), (top,) = layer.bottoms, layer.tops
    alpha, beta = get_float(layer, "alpha"), get_float(layer, "beta")
    names = {part: network.fresh_name(f"{layer.name}_{part}") for part in ("split", "line", "clip", "mul")}
    blobs = {part: network.fresh_blob(f"{layer.name}_{part}") for part in ("x", "y", "line", "clip")}
    swish = layer.type == "HardSwish"
    source, result = (blobs["x"], blobs["clip"]) if swish else (bottom, top)
    affine, unit = params_of("Power", power=1.0, scale=alpha, shift=beta), params_of("Clip", min=0.0, max=1.0)
    line = Layer("Power", names["line"], [source], [blobs["line"]], affine)
    clip = Layer("Clip", names["clip"], [blobs["line"]], [result], unit)
    if not swish:
        return [line, clip]
    split = Layer("Split", names["split"], [bottom], [blobs["x"], blobs["y"]])
    product = Layer("BinaryOp", names["mul"], [blobs["y"], blobs["clip"]], [top], params_of("BinaryOp", op_type=MUL))
    return [split, line, clip, product]
