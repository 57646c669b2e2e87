"""Element-wise layers that the NPU gets wrong → ones it gets right.

Three and more inputs are not quantised at all; a product's scales do not match. Sums and maxima
become chains of two-input layers, products BinaryOps on the CPU.
"""

from __future__ import annotations

from spnn.format.graph import Graph, Layer
from spnn.format.values import get_floats, get_int, params_of

from mai.convert.rewrites.edit import fresh_blob, fresh_name, refuse

PROD, SUM, MAX = range(3)
BINARY = {PROD: 2, SUM: 0, MAX: 4}  # operations of BinaryOp


def split_wide_eltwise(graph: Graph) -> list[str]:
    """Raises MaiError for coefficients on more than two inputs."""
    done = []
    for layer in list(graph.layers):
        if layer.type != "Eltwise":
            continue
        operation, coefficients = get_int(layer, "op_type"), get_floats(layer, "coeffs")
        if operation in (SUM, MAX) and len(layer.bottoms) == 2:
            continue
        if any(value != 1 for value in coefficients) or operation not in BINARY or len(layer.bottoms) < 2:
            raise refuse(layer, f"an element-wise layer of {len(layer.bottoms)} inputs with factors", "use plain sums")
        position = graph.layers.index(layer)
        graph.layers[position : position + 1] = _chain(graph, layer)
        done.append(f"{layer.name}: became {len(layer.bottoms) - 1} BinaryOps")
    return done


def _chain(graph: Graph, layer: Layer) -> list[Layer]:
    links: list[Layer] = []
    left = layer.bottoms[0]
    for number, right in enumerate(layer.bottoms[1:], 1):
        last = number == len(layer.bottoms) - 1
        top = layer.tops[0] if last else fresh_blob(graph, f"{layer.name}_{number}")
        name = layer.name if last else fresh_name(graph, f"{layer.name}_{number}")
        params = params_of("BinaryOp", op_type=BINARY[get_int(layer, "op_type")])
        links.append(Layer("BinaryOp", name, [left, right], [top], params))
        left = top
    return links
