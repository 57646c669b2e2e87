"""Warn about things that optimize does silently."""

from __future__ import annotations

from spnn.format.graph import Graph
from spnn.format.layers import LAYER_TYPES
from spnn.format.values import find_param, get_int
from spnn.log import Log
from spnn.shapes import Shape

_KNOWN_OF_ANY = ("npu_flag", "scales", "output_shapes")
_KNOWN_OF_TYPE = {"Softmax": ("fixbug0",)}


def warn_before_passes(graph: Graph, log: Log) -> None:
    """Activations inside NPU layers, and parameters that the tool does not know."""
    for layer in graph.layers:
        if layer.type in ("Convolution", "InnerProduct") and get_int(layer, "activation_type"):
            msg = "its activation stays in the text only: put it into a layer of its own"
            log.warn("activation_ignored", layer.name, msg)
        known = _known_ids(layer.type)
        for key in layer.params:
            if key not in known:
                msg = f"its parameter {key} is not known to {layer.type} and is lost"
                log.warn("parameter_dropped", layer.name, msg)


def warn_about_shapes(graph: Graph, shapes: dict[str, Shape], log: Log) -> None:
    """Sums that would have to broadcast, Eltwise of three inputs, and blobs without a shape."""
    for layer in graph.layers:
        unknown = [top for top in layer.tops if top not in shapes]
        if unknown:
            log.warn("shape_unknown", layer.name, f"the shape of its output {unknown[0]} cannot be computed")
        if layer.type != "Eltwise":
            continue
        if len(layer.bottoms) > 2:
            msg = f"it has {len(layer.bottoms)} inputs: it is flagged for the NPU, but cannot be quantised"
            log.warn("three_input_eltwise", layer.name, msg)
        extents = {shapes[bottom][1:] for bottom in layer.bottoms if bottom in shapes}
        if len(extents) > 1:
            log.warn("broadcast_add", layer.name, "its inputs differ in shape, and an Eltwise cannot broadcast")


def _known_ids(layer_type: str) -> set[int | None]:
    added = (find_param(layer_type, name) for name in (*_KNOWN_OF_ANY, *_KNOWN_OF_TYPE.get(layer_type, ())))
    return {key for param in (*LAYER_TYPES[layer_type].params, *added) for key in (param.id, param.read_id)}
