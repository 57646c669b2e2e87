"""How a pass changes a graph: names that are free, layers put in, layers taken out."""

from __future__ import annotations

from spnn.format.graph import Graph, Layer

from mai.errors import MaiError


def fresh_blob(graph: Graph, base: str) -> str:
    """A blob name that nothing uses, made from `base`."""
    return _fresh(set(graph.blob_names()), base)


def fresh_name(graph: Graph, base: str) -> str:
    """A layer name that nothing uses, made from `base`."""
    return _fresh({layer.name for layer in graph.layers}, base)


def insert_after(graph: Graph, layer: Layer, new: Layer) -> None:
    """Put `new` behind the only output of `layer`; it takes over that output's name, so consumers stay as they are."""
    (top,) = layer.tops
    between = fresh_blob(graph, top + "_raw")
    layer.tops = [between]
    new.bottoms, new.tops = [between], [top]
    graph.layers.insert(graph.layers.index(layer) + 1, new)


def insert_before(graph: Graph, layer: Layer, new: Layer) -> None:
    """Put `new` in front of the first input of `layer`."""
    bottom = layer.bottoms[0]
    between = fresh_blob(graph, f"{layer.name}_in")
    new.bottoms, new.tops = [bottom], [between]
    layer.bottoms = [between, *layer.bottoms[1:]]
    graph.layers.insert(graph.layers.index(layer), new)


def remove(graph: Graph, layer: Layer) -> None:
    """Take out a layer of one input and one output; whoever made its input now makes its output."""
    (bottom,), (top,) = layer.bottoms, layer.tops
    maker = graph.producers()[bottom]
    maker.tops = [top if name == bottom else name for name in maker.tops]
    graph.layers.remove(layer)


def rename_blob(graph: Graph, old: str, new: str) -> None:
    """Give a blob another name everywhere."""
    for layer in graph.layers:
        layer.bottoms = [new if name == old else name for name in layer.bottoms]
        layer.tops = [new if name == old else name for name in layer.tops]


def refuse(layer: Layer, why: str, advice: str) -> MaiError:
    """The error for a layer that the board cannot run as it is meant."""
    return MaiError(
        "layer_unsupported",
        f"the board cannot run layer {layer.name} ({layer.type}): {why}; {advice}",
        layer=layer.name, type=layer.type, reason=why, advice=advice,
    )


def _fresh(taken: set[str], base: str) -> str:
    if base not in taken:
        return base
    number = 1
    while f"{base}{number}" in taken:
        number += 1
    return f"{base}{number}"
