"""Take out a Flatten or Reshape that changes nothing: each would send its blob through the board's CPU.

`optimize` removes them behind global pooling and InnerProduct only, not behind the ReLU of one.
"""

from __future__ import annotations

from spnn.format.graph import Graph

from mai.convert.rewrites.edit import remove
from mai.convert.rewrites.shapes import blob_shapes


def eliminate_idle_reshape(graph: Graph) -> list[str]:
    """Runs last, when all vectors are vectors."""
    shapes = blob_shapes(graph)
    idle = [
        layer
        for layer in graph.layers
        if layer.type in ("Flatten", "Reshape") and shapes[layer.bottoms[0]] == shapes[layer.tops[0]]
        and graph.producers()[layer.bottoms[0]].type != "Input"
    ]
    for layer in idle:
        remove(graph, layer)
    return [f"{layer.name}: removed, it changed nothing" for layer in idle]
