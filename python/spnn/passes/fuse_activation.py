"""Fuse ReLU, Clip and Sigmoid into depthwise and transposed convolutions before them (docs/spnn-format.md §3.4)."""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_float, set_param
from spnn.passes.network import Network

_RELU, _LEAKY_RELU, _CLIP, _SIGMOID = range(1, 5)


def fuse_activation(network: Network, kind: str) -> None:
    """For all layers of type `kind`. Convolution and InnerProduct keep theirs: the NPU needs a layer for it."""
    for layer in network.layers(kind):
        activation = network.follower(layer, "ReLU", "Clip", "Sigmoid")
        if activation is not None:
            network.log.line(f"fuse_{kind.lower()}_activation {layer.name} {activation.name}")
            _take_over(layer, activation)
            network.absorb(layer, activation)


def _take_over(layer: Layer, activation: Layer) -> None:
    if activation.type == "Sigmoid":
        set_param(layer, "activation_type", _SIGMOID)
    elif activation.type == "Clip":
        set_param(layer, "activation_type", _CLIP)
        set_param(layer, "activation_params", (get_float(activation, "min"), get_float(activation, "max")))
    elif get_float(activation, "slope") == 0:
        set_param(layer, "activation_type", _RELU)
    else:
        set_param(layer, "activation_type", _LEAKY_RELU)
        set_param(layer, "activation_params", (get_float(activation, "slope"),))
