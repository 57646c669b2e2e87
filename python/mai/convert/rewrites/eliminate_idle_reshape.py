"""Remove Flatten and Reshape layers that change nothing: each would send its blob through the board's CPU.

`optimize` removes them only directly behind global pooling and InnerProduct, not behind a ReLU that follows these.
"""

from __future__ import annotations

from spnn.passes.network import Network

from mai.convert.rewrites.shapes import blob_shapes


def eliminate_idle_reshape(network: Network) -> None:
    """Runs last, when all vectors are vectors."""
    shapes = blob_shapes(network.graph)
    for layer in network.layers("Flatten", "Reshape"):
        maker = network.maker(layer.bottoms[0])
        if shapes[layer.bottoms[0]] == shapes[layer.tops[0]] and maker is not None and maker.type != "Input":
            network.bypass(layer)
            network.log.line(f"{layer.name}: removed, it changed nothing")
