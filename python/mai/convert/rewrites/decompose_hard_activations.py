"""HardSigmoid and HardSwish → Power, Clip (and a product).

`quantize` writes none of their parameters, and PyTorch's slope of 1/6 is not the format's default
of 0.2: left alone, the board would compute another function.
"""

from __future__ import annotations

from spnn.format.graph import Graph, Layer
from spnn.format.values import get_float, params_of

from mai.convert.rewrites.edit import fresh_blob, fresh_name

MUL = 2


def decompose_hard_activations(graph: Graph) -> list[str]:
    """y = clip(alpha·x + beta, 0, 1), and x times that for HardSwish."""
    done = []
    for layer in list(graph.layers):
        if layer.type in ("HardSigmoid", "HardSwish"):
            position = graph.layers.index(layer)
            graph.layers[position : position + 1] = _parts(graph, layer)
            done.append(f"{layer.name}: {layer.type} became Power and Clip")
    return done


def _parts(graph: Graph, layer: Layer) -> list[Layer]:
    (bottom,), (top,) = layer.bottoms, layer.tops
    alpha, beta = get_float(layer, "alpha"), get_float(layer, "beta")
    names = {part: fresh_name(graph, f"{layer.name}_{part}") for part in ("split", "line", "clip", "mul")}
    blobs = {part: fresh_blob(graph, f"{layer.name}_{part}") for part in ("x", "y", "line", "clip")}
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
