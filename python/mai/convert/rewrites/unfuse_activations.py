"""Make every activation fused into a convolution or an InnerProduct a layer of its own.

The format keeps a fused activation as text, which the NPU ignores: such a network does not work on the
board. The CPU (depthwise, deconvolution) runs the first four kinds, so they stay.
"""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import drop_params, get_floats, get_int, params_of
from spnn.passes.network import Network

from mai.convert.refuse import refuse

RELU, LEAKY_RELU, CLIP, SIGMOID, MISH, HARD_SWISH = 1, 2, 3, 4, 5, 6
ON_NPU = ("Convolution", "InnerProduct")
ON_CPU = ("ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise")


def unfuse_activations(network: Network) -> None:
    """Raises MaiError for an activation that the format does not have."""
    for layer in network.layers(*ON_NPU, *ON_CPU):
        kind = get_int(layer, "activation_type")
        if kind == 0 or (layer.type in ON_CPU and kind in (RELU, LEAKY_RELU, CLIP, SIGMOID)):
            continue
        activation = _layer_for(kind, layer)
        activation.name = network.fresh_name(f"{layer.name}_act")
        network.insert_after(layer, activation)
        drop_params(layer, "activation_type", "activation_params")
        network.log.line(f"{layer.name}: {activation.type} is a layer of its own")


def _layer_for(kind: int, layer: Layer) -> Layer:
    values = get_floats(layer, "activation_params")
    if kind == RELU:
        return Layer("ReLU", "")
    if kind == LEAKY_RELU and len(values) == 1:
        return Layer("ReLU", "", params=params_of("ReLU", slope=values[0]))
    if kind == CLIP and len(values) == 2:
        return Layer("Clip", "", params=params_of("Clip", min=values[0], max=values[1]))
    if kind == SIGMOID:
        return Layer("Sigmoid", "")
    if kind == HARD_SWISH and len(values) == 2:
        return Layer("HardSwish", "", params=params_of("HardSwish", alpha=values[0], beta=values[1]))
    name = "Mish" if kind == MISH else f"activation {kind}"
    raise refuse(layer, f"its format does not know {name}", "use ReLU")
