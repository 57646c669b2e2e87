"""Check that the format has a network's layer types, and that the layers are connected as their types require."""

from __future__ import annotations

from spnn.errors import SpnnFormatError
from spnn.format.graph import Graph
from spnn.format.layer_type import ANY
from spnn.format.layers import LAYER_TYPES


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


def check_wiring(graph: Graph) -> None:
    """Raise SpnnFormatError unless every blob is made once, before its use, and used at most once.

    Together these rule out cycles. A blob that two layers need goes through a Split.
    """
    made: set[str] = set()
    used: dict[str, str] = {}
    for index, layer in enumerate(graph.layers):
        for bottom in layer.bottoms:
            if bottom not in made:
                reason = f"layer {layer.name!r} uses blob {bottom!r} before any layer makes it"
                raise SpnnFormatError(index, reason, unit="layer")
            if bottom in used:
                reason = f"blob {bottom!r} is used by {used[bottom]!r} and {layer.name!r}: that needs a Split"
                raise SpnnFormatError(index, reason, unit="layer")
            used[bottom] = layer.name
        for top in layer.tops:
            if top in made:
                reason = f"blob {top!r} is made twice, again by layer {layer.name!r}"
                raise SpnnFormatError(index, reason, unit="layer")
            made.add(top)
