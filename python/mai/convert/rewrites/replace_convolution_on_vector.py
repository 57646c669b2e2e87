"""Replace a 1×1 convolution behind global pooling by an InnerProduct.

The blob there has one dimension, so `quantize` would report a wrong weight size and leave this and every
later convolution in float.
"""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_int, params_of
from spnn.passes.network import Network

from mai.convert.refuse import refuse
from mai.convert.rewrites.shapes import blob_shapes


def replace_convolution_on_vector(network: Network) -> None:
    """Raises MaiError for larger kernels and for depthwise convolutions on a vector."""
    shapes = blob_shapes(network.graph)
    for layer in network.layers("Convolution", "ConvolutionDepthWise"):
        if len(shapes[layer.bottoms[0]]) != 1:
            continue
        (inputs,) = shapes[layer.bottoms[0]]
        outputs, size = get_int(layer, "num_output"), get_int(layer, "weight_data_size")
        if layer.type != "Convolution" or size != outputs * inputs or _pads(layer):
            raise refuse(layer, "a convolution on the result of global pooling", "use torch.nn.Linear there")
        bias_term = get_int(layer, "bias_term")
        layer.type = "InnerProduct"
        layer.params = params_of("InnerProduct", num_output=outputs, bias_term=bias_term, weight_data_size=size)
        network.log.line(f"{layer.name}: became InnerProduct")


def _pads(layer: Layer) -> bool:
    return any(get_int(layer, f"pad_{side}") for side in ("left", "top", "right", "bottom"))
