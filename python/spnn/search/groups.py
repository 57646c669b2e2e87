"""Group blobs that should share a scale, because then the layer between them loses nothing.

At a ratio of 1 the output converter (32767 >> 15) gives every 8-bit value back. So a convolution
takes the scale of its ReLU (what the ReLU cuts off anyway may saturate), a pooling's input that
of its output, and a Concat, which only copies, needs one scale for all its inputs, nested ones
included.
"""

from __future__ import annotations

from dataclasses import dataclass

from spnn.format.constants import FLT_MAX
from spnn.format.graph import Graph, Layer
from spnn.format.npu import runs_on_npu
from spnn.format.values import get_float, get_int

AVERAGE = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Blobs with one scale."""

    blobs: tuple[str, ...]
    """In the order they are made."""
    representative: str
    """The blob whose values decide: the last one, which holds what is left of the others."""
    ceiling: float
    """No value above this may be representable (a Clip in the group); infinite if there is none."""


def tied_groups(graph: Graph) -> list[Group]:
    """All blobs of an optimised network, grouped, in the order their last blob is made."""
    made = [top for layer in graph.layers for top in layer.tops]
    parent = {name: name for name in made}

    def find(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for layer in graph.layers:
        if ties(graph, layer):
            for name in (*layer.bottoms, *layer.tops):
                parent[find(name)] = find(layer.tops[0])
    members: dict[str, list[str]] = {}
    for name in made:
        members.setdefault(find(name), []).append(name)
    producers, consumers = graph.producers(), graph.consumers()
    groups = [_group(blobs, producers, consumers) for blobs in members.values()]
    return sorted(groups, key=lambda group: made.index(group.blobs[-1]))


def ties(graph: Graph, layer: Layer) -> bool:
    """Whether inputs and outputs of `layer` should share a scale."""
    if layer.type == "Clip":
        return becomes_relu(graph, layer)
    if layer.type == "Pooling":
        return get_int(layer, "pooling_type") != AVERAGE and runs_on_npu(layer)
    return layer.type in ("ReLU", "PReLU", "Split") or (layer.type == "Concat" and runs_on_npu(layer))


def becomes_relu(graph: Graph, layer: Layer) -> bool:
    """A Clip(0, m) behind a layer of the NPU, which saturation at 127 can stand for."""
    if layer.type != "Clip" or get_float(layer, "min") != 0 or not 0 < get_float(layer, "max") < FLT_MAX:
        return False
    return runs_on_npu(graph.producers()[layer.bottoms[0]])


def _group(blobs: list[str], producers: dict[str, Layer], consumers: dict[str, list[Layer]]) -> Group:
    inside = set(blobs)
    layers = [consumer for blob in blobs for consumer in consumers.get(blob, []) if inside & set(consumer.tops)]
    # Negative values pass a leaky ReLU, so its input is what must fit.
    leaky = [layer.bottoms[0] for layer in layers if layer.type == "PReLU" or _is_leaky(layer)]
    ceilings = [get_float(layer, "max") for layer in layers if layer.type == "Clip"]
    return Group(tuple(blobs), leaky[0] if leaky else blobs[-1], min(ceilings, default=float("inf")))


def _is_leaky(layer: Layer) -> bool:
    return layer.type == "ReLU" and get_float(layer, "slope") != 0
