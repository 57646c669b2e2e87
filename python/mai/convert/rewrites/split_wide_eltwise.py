"""Replace element-wise layers that the NPU computes wrongly by ones that it computes correctly.

Layers with three or more inputs are not quantised at all, and a product's scales do not match. Sums and
maxima become chains of two-input layers, products become BinaryOps on the CPU.
"""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_floats, get_int, params_of
from spnn.passes.network import Network

from mai.convert.refuse import refuse

PROD, SUM, MAX = range(3)
BINARY = {PROD: 2, SUM: 0, MAX: 4}  # operations of BinaryOp


def split_wide_eltwise(network: Network) -> None:
    """Raises MaiError for coefficients on more than two inputs."""
    for layer in network.layers("Eltwise"):
        operation, coefficients = get_int(layer, "op_type"), get_floats(layer, "coeffs")
        if operation in (SUM, MAX) and len(layer.bottoms) == 2:
            continue
        if any(value != 1 for value in coefficients) or operation not in BINARY or len(layer.bottoms) < 2:
            raise refuse(layer, f"an element-wise layer of {len(layer.bottoms)} inputs with factors", "use plain sums")
        network.replace(layer, _chain(network, layer))
        network.log.line(f"{layer.name}: became {len(layer.bottoms) - 1} BinaryOps")


def _chain(network: Network, layer: Layer) -> list[Layer]:
    links: list[Layer] = []
    left = layer.bottoms[0]
    for number, right in enumerate(layer.bottoms[1:], 1):
        last = number == len(layer.bottoms) - 1
        top = layer.tops[0] if last else network.fresh_blob(f"{layer.name}_{number}")
        name = layer.name if last else network.fresh_name(f"{layer.name}_{number}")
        params = params_of("BinaryOp", op_type=BINARY[get_int(layer, "op_type")])
        links.append(Layer("BinaryOp", name, [left, right], [top], params))
        left = top
    return links
