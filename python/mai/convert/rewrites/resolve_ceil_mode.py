"""Make padded pooling round down instead of up where that gives the same result; refuse it elsewhere.

Max pooling with padding and ceil_mode gets a row too many on the board, filled with −FLT_MAX.
"""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_int, set_param
from spnn.passes.network import Network

from mai.convert.refuse import refuse
from mai.convert.rewrites.replace_padded_average_pooling import pooling_pads
from mai.convert.rewrites.shapes import Shape, blob_shapes

CEIL, FLOOR = 0, 1


def resolve_ceil_mode(network: Network) -> None:
    """Raises MaiError naming the layer."""
    shapes: dict[str, Shape] = {}
    for layer in network.layers("Pooling"):
        if get_int(layer, "global_pooling"):
            continue
        if get_int(layer, "pad_mode") != CEIL or not any(pooling_pads(layer)):
            continue
        shapes = shapes or blob_shapes(network.graph)
        if not _divides(layer, shapes[layer.bottoms[0]]):
            raise refuse(layer, "pooling with padding and ceil_mode", "use ceil_mode=False")
        set_param(layer, "pad_mode", FLOOR)
        network.log.line(f"{layer.name}: rounds down, which is the same here")


def _divides(layer: Layer, shape: Shape) -> bool:
    left, top, right, bottom = pooling_pads(layer)
    rest_x = (shape[2] + left + right - get_int(layer, "kernel_w")) % get_int(layer, "stride_w")
    rest_y = (shape[1] + top + bottom - get_int(layer, "kernel_h")) % get_int(layer, "stride_h")
    return rest_x == 0 and rest_y == 0
