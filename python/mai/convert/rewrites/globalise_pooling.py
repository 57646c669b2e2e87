"""Turn pooling over the whole map into global pooling, which the NPU has for every size.

PyTorch's AdaptiveMaxPool2d(1) arrives as a window of, say, 28×28; above 8×8 it would run on the CPU.
"""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_int, params_of
from spnn.passes.network import Network

from mai.convert.rewrites.replace_padded_average_pooling import pooling_pads
from mai.convert.rewrites.shapes import Shape, blob_shapes

# What takes a vector in place of c×1×1 and means the same.
FLAT_USERS = ("InnerProduct", "Flatten", "Reshape", "ReLU", "PReLU", "BatchNorm", "Dropout", "Convolution")


def globalise_pooling(network: Network) -> None:
    """Runs before replace_convolution_on_vector: a convolution behind it then works on a vector."""
    shapes = blob_shapes(network.graph)
    for layer in network.layers("Pooling"):
        if not _whole(layer, shapes[layer.bottoms[0]]):
            continue
        user = network.user(layer.tops[0])
        if user is None or user.type in FLAT_USERS:
            layer.params = params_of("Pooling", pooling_type=get_int(layer, "pooling_type"), global_pooling=1)
            network.log.line(f"{layer.name}: became global pooling")


def _whole(layer: Layer, shape: Shape) -> bool:
    if get_int(layer, "global_pooling") or len(shape) != 3 or any(pooling_pads(layer)):
        return False
    kernel = get_int(layer, "kernel_h"), get_int(layer, "kernel_w")
    return get_int(layer, "adaptive_pooling") == 0 and kernel == shape[1:]
