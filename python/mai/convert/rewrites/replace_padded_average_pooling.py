"""Average pooling that counts its padding → Padding and pooling without.

The flag (PyTorch's default) does not exist in the format, whose average leaves the padding out:
other numbers at the border (0.4516 for 0.4342 on a golden picture).
"""

from __future__ import annotations

from spnn.format.graph import Graph, Layer

from mai.convert.rewrites.edit import fresh_name, insert_before, refuse

AVERAGE = 1
FLOOR = 1  # pad_mode "valid"
COUNTS_PADDING = 6


def replace_padded_average_pooling(graph: Graph) -> list[str]:
    """Raises MaiError where padding that counts meets rounding up: the last window's size would differ."""
    done = []
    for layer in list(graph.layers):
        if layer.type != "Pooling":
            continue
        counts = layer.int(COUNTS_PADDING)
        layer.params.pop(COUNTS_PADDING, None)
        left, top, right, bottom = pads = pooling_pads(layer)
        if layer.int(0) != AVERAGE or layer.int(4) or not counts or not any(pads):
            continue
        if layer.int(5) != FLOOR:
            raise refuse(layer, "average pooling with padding and ceil_mode", "use ceil_mode=False")
        sides = {0: top, 1: bottom, 2: left, 3: right}
        padding = Layer("Padding", fresh_name(graph, f"{layer.name}_pad"), params=sides)
        for key in (3, 13, 14, 15):
            layer.params.pop(key, None)
        insert_before(graph, layer, padding)
        done.append(f"{layer.name}: its padding is a layer of its own")
    return done


def pooling_pads(layer: Layer) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) with the format's defaults."""
    left = layer.int(3)
    top = layer.int(13, left)
    return left, top, layer.int(14, left), layer.int(15, top)
