"""Pooling whose window is the whole map → global pooling, which the NPU has for every size.

PyTorch's AdaptiveMaxPool2d(1) arrives as a window of, say, 28×28; above 8×8 it would run on the CPU.
"""

from __future__ import annotations

from spnn.format.graph import Graph, Layer
from spnn.format.values import get_int, params_of

from mai.convert.rewrites.replace_padded_average_pooling import pooling_pads
from mai.convert.rewrites.shapes import Shape, blob_shapes

# What takes a vector in place of c×1×1 and means the same.
FLAT_USERS = ("InnerProduct", "Flatten", "Reshape", "ReLU", "PReLU", "BatchNorm", "Dropout", "Convolution")


def globalise_pooling(graph: Graph) -> list[str]:
    """Runs before replace_convolution_on_vector: a convolution behind it then works on a vector."""
    shapes = blob_shapes(graph)
    done = []
    for layer in graph.layers:
        if layer.type != "Pooling" or not _whole(layer, shapes[layer.bottoms[0]]):
            continue
        if all(user.type in FLAT_USERS for user in graph.consumers().get(layer.tops[0], [])):
            layer.params = params_of("Pooling", pooling_type=get_int(layer, "pooling_type"), global_pooling=1)
            done.append(f"{layer.name}: became global pooling")
    return done


def _whole(layer: Layer, shape: Shape) -> bool:
    if get_int(layer, "global_pooling") or len(shape) != 3 or any(pooling_pads(layer)):
        return False
    kernel = get_int(layer, "kernel_h"), get_int(layer, "kernel_w")
    return get_int(layer, "adaptive_pooling") == 0 and kernel == shape[1:]
