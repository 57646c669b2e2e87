"""Does the format know a network's layers, and are they connected as their types demand?"""

from __future__ import annotations

from mai.spnn.errors import SpnnFormatError
from mai.spnn.graph import Graph
from mai.spnn.layers import ANY, LAYER_TYPES


def check_layers(graph: Graph) -> None:
    """Raise SpnnFormatError for the first layer of an unknown type or with a wrong number of inputs or outputs."""
    for index, layer in enumerate(graph.layers):
        kind = LAYER_TYPES.get(layer.type)
        if kind is None:
            reason = f"layer {layer.name!r} has type {layer.type!r}, which the format does not know"
            raise SpnnFormatError(index, reason, unit="layer")
        sides = ((layer.bottoms, kind.inputs, "inputs"), (layer.tops, kind.outputs, "outputs"))
        for names, (least, most), what in sides:
            if not least <= len(names) <= most:
                wanted = str(least) if least == most else f"{least} or more" if most == ANY else f"{least} to {most}"
                reason = f"layer {layer.name!r} ({layer.type}) has {len(names)} {what}; it takes {wanted}"
                raise SpnnFormatError(index, reason, unit="layer")
