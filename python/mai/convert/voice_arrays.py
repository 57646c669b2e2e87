"""Turn the trained voice network into the arrays that the kidbright-mai board's own program runs.

That program is fixed: three times 3×3 convolution (padding 1), ReLU, 2×2 max pooling; global max
pooling; at most one 1×1 convolution with ReLU; a linear layer (docs/ide-contract.md § Voice on kidbright-mai).
A network built from blocks fits if it is a sequence of those; batch norm is folded in, dropout is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mai.errors import MaiError
from mai.voice.runtime import CONVOLUTIONS, LINEAR, POINTWISE

Arrays = dict[str, NDArray[np.float32]]
Fits = Callable[[nn.Module], bool]
Weights = tuple[torch.Tensor, torch.Tensor]  # weight (outputs, …), bias (outputs,)
SHAPE = "three times Conv2d 3×3 with padding 1, ReLU and MaxPool2d 2, then at most one Linear with ReLU"


def voice_arrays(module: nn.Module) -> Arrays:
    """Arrays by the board's names. Raises MaiError `voice_network_unsupported` naming the layer that does not fit."""
    layers = [each for each in module.modules() if not list(each.children())]
    row = _Row([each for each in layers if not isinstance(each, (nn.Dropout, nn.Dropout2d, nn.Flatten, nn.Identity))])
    arrays: Arrays = {}
    for name in CONVOLUTIONS:
        _put(arrays, name, row.weights(_is_convolution, f"a Conv2d 3×3 with padding 1 ({name})"))
        row.take(lambda each: isinstance(each, nn.ReLU), "a ReLU")
        row.take(_is_halving, "a MaxPool2d 2")
    row.take(lambda each: isinstance(each, nn.AdaptiveMaxPool2d) and each.output_size in (1, (1, 1)),
             "an AdaptiveMaxPool2d 1")  # fmt: skip
    first = row.weights(_is_pointwise, "a Linear layer")
    if row.ahead(nn.ReLU):
        _put(arrays, POINTWISE, (first[0].reshape(len(first[0]), -1, 1, 1), first[1]))
        row.take(lambda each: isinstance(each, nn.ReLU), "a ReLU")
        first = row.weights(_is_pointwise, "a Linear layer")
    _put(arrays, LINEAR, (first[0].flatten(1), first[1]))
    row.end()
    return arrays


class _Row:
    """A sequence of layers, consumed one after the other."""

    def __init__(self, layers: list[nn.Module]) -> None:
        self._layers = layers

    def ahead(self, kind: type[nn.Module]) -> bool:
        return bool(self._layers) and isinstance(self._layers[0], kind)

    def take(self, fits: Fits, expected: str) -> nn.Module:
        if not self._layers or not fits(self._layers[0]):
            raise _misfit(self._layers[0] if self._layers else None, expected)
        return self._layers.pop(0)

    def weights(self, fits: Fits, expected: str) -> Weights:
        """Weight and bias of the next layer, with a batch norm behind it folded in."""
        layer = cast("nn.Conv2d | nn.Linear", self.take(fits, expected))
        weight = layer.weight.detach().float()
        bias = layer.bias.detach().float() if layer.bias is not None else torch.zeros(len(weight))
        if self._layers and isinstance(norm := self._layers[0], nn.BatchNorm2d):
            self._layers.pop(0)
            mean, variance = norm.get_buffer("running_mean"), norm.get_buffer("running_var")
            factor = torch.rsqrt(variance + norm.eps) * (norm.weight if norm.weight is not None else 1)
            shift = norm.bias if norm.bias is not None else 0
            weight = (weight * factor.reshape(-1, *[1] * (weight.ndim - 1))).detach()
            bias = ((bias - mean) * factor + shift).detach()
        return weight, bias

    def end(self) -> None:
        if self._layers:
            raise _misfit(self._layers[0], "the end of the network")


def _put(arrays: Arrays, name: str, weights: Weights) -> None:
    arrays[f"{name}.weight"], arrays[f"{name}.bias"] = (part.contiguous().numpy() for part in weights)


def _is_convolution(layer: nn.Module) -> bool:
    return _is_plain(layer) and layer.kernel_size == (3, 3) and layer.padding in ((1, 1), "same")


def _is_pointwise(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Linear) or (_is_plain(layer) and layer.kernel_size == (1, 1))


def _is_plain(layer: nn.Module) -> bool:
    if not isinstance(layer, nn.Conv2d) or layer.padding_mode != "zeros":
        return False
    return layer.stride == (1, 1) and layer.dilation == (1, 1) and layer.groups == 1


def _is_halving(layer: nn.Module) -> bool:
    if not isinstance(layer, nn.MaxPool2d) or layer.ceil_mode:
        return False
    return all(size in (2, (2, 2)) for size in (layer.kernel_size, layer.stride)) and layer.padding in (0, (0, 0))


def _misfit(layer: nn.Module | None, expected: str) -> MaiError:
    found = "the end" if layer is None else type(layer).__name__
    return MaiError(
        "voice_network_unsupported",
        found=found,
        expected=expected,
    )
