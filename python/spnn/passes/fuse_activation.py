"""ReLU, Clip, Sigmoid behind depthwise and transposed convolutions become part of them (docs/spnn-format.md §3.4)."""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.read_values import get_float
from spnn.passes.network import Network

_TYPE, _PARAMS = 9, 10


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
        layer.params[_TYPE] = 4
    elif activation.type == "Clip":
        layer.params[_TYPE] = 3
        layer.params[_PARAMS] = (get_float(activation, "min"), get_float(activation, "max"))
    elif get_float(activation, "slope") == 0:
        layer.params[_TYPE] = 1
    else:
        layer.params[_TYPE] = 2
        layer.params[_PARAMS] = (get_float(activation, "slope"),)
