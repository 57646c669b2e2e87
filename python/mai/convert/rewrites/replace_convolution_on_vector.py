"""A 1×1 convolution behind global pooling → InnerProduct.

The blob there has one dimension: `quantize` reports a wrong weight size and leaves this and every
later convolution in float.
"""

from __future__ import annotations

from spnn.format.graph import Graph, Layer

from mai.convert.rewrites.edit import refuse
from mai.convert.rewrites.shapes import blob_shapes


def replace_convolution_on_vector(graph: Graph) -> list[str]:
    """Raises MaiError for larger kernels and for depthwise convolutions on a vector."""
    shapes = blob_shapes(graph)
    done = []
    for layer in graph.layers:
        if layer.type not in ("Convolution", "ConvolutionDepthWise") or len(shapes[layer.bottoms[0]]) != 1:
            continue
        (inputs,) = shapes[layer.bottoms[0]]
        if layer.type != "Convolution" or layer.int(6) != layer.int(0) * inputs or _pads(layer):
            raise refuse(layer, "a convolution on the result of global pooling", "use torch.nn.Linear there")
        layer.type = "InnerProduct"
        layer.params = {0: layer.int(0), 1: layer.int(5), 2: layer.int(6)}
        done.append(f"{layer.name}: became InnerProduct")
    return done


def _pads(layer: Layer) -> bool:
    return any(layer.int(key) for key in (4, 14, 15, 16))
