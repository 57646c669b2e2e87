"""Replace average pooling that counts its padding by a Padding layer and a pooling without padding.

The format does not have that flag (PyTorch's default), and its average leaves the padding out. That gives
other numbers at the border (0.4516 instead of 0.4342 on a golden picture).
"""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import drop_params, get_int, params_of
from spnn.passes.network import Network

from mai.convert.refuse import refuse

AVERAGE = 1
FLOOR = 1  # pad_mode "valid"
COUNTS_PADDING = "avgpool_count_include_pad"


def replace_padded_average_pooling(network: Network) -> None:
    """Raises MaiError where padding that counts meets rounding up: the last window's size would differ."""
    for layer in network.layers("Pooling"):
        counts = get_int(layer, COUNTS_PADDING)
        drop_params(layer, COUNTS_PADDING)
        left, top, right, bottom = pads = pooling_pads(layer)
        is_global = get_int(layer, "global_pooling")
        if get_int(layer, "pooling_type") != AVERAGE or is_global or not counts or not any(pads):
            continue
        if get_int(layer, "pad_mode") != FLOOR:
            raise refuse(layer, "average pooling with padding and ceil_mode", "use ceil_mode=False")
        sides = params_of("Padding", ptop=top, pbottom=bottom, pleft=left, pright=right)
        padding = Layer("Padding", network.fresh_name(f"{layer.name}_pad"), params=sides)
        drop_params(layer, "pad_left", "pad_top", "pad_right", "pad_bottom")
        network.insert_before(layer, padding)
        network.log.line(f"{layer.name}: its padding is a layer of its own")


def pooling_pads(layer: Layer) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) with the format's defaults."""
    left, top, right, bottom = (get_int(layer, f"pad_{side}") for side in ("left", "top", "right", "bottom"))
    return left, top, right, bottom
