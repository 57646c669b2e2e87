"""Build a network from a pupil's block program: a sequence of layers, checked by a dry run, then a linear layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import nn

from mai.data.preprocess import PREPROCESS
from mai.models.block_convolution import Conv2d
from mai.models.block_layers import checked_arguments
from mai.models.block_parse import LayerCall, check_limit, mistake, parse_layers
from mai.voice.features import CHANNELS, MELS

MAX_PARAMETERS = 20_000_000
MAX_VALUES = 32_000_000  # all layers' outputs for one sample, which training keeps in memory: 128 MB
MAX_MULTIPLICATIONS = 10_000_000_000  # of one sample; ResNet-18 has 1.8 thousand million

_ON_PICTURES = (
    "Conv2d",
    "BatchNorm2d",
    "MaxPool2d",
    "AvgPool2d",
    "AdaptiveMaxPool2d",
    "AdaptiveAvgPool2d",
    "Dropout2d",
)

Pooling = Literal["avg", "max"]


class BlockNet(nn.Module):
    """Layers one after the other: (batch, channels, height, width) → logits (batch, classes)."""

    def __init__(self, layers: list[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def build(num_classes: int, code: str = "", frames: int | None = None) -> BlockNet:
    """For the registry: a network for photos, or for clips whose features are `frames` wide."""
    if frames is None:
        return build_block_net(code, (CHANNELS, PREPROCESS.size, PREPROCESS.size), num_classes)
    return build_block_net(code, (CHANNELS, MELS, frames), num_classes, pooling="max")


def build_block_net(
    code: str, input_shape: tuple[int, int, int], num_classes: int, pooling: Pooling = "avg"
) -> BlockNet:
    """The network that `code` describes for pictures of `input_shape` (channels, height, width).

    A linear layer that receives a picture gets a global pooling (`pooling`) and a Flatten before it, and so
    does the output layer, which is added unless the program ends with it. A Softmax at the very end is left
    out: training and the board make probabilities from the logits themselves.
    Raises MaiError with the line and the reason of a mistake, or with the limit that is exceeded.
    """
    calls = parse_layers(code)
    while len(calls) > 1 and calls[-1].name == "Softmax":
        calls.pop()
    walk = _Walk(input_shape, pooling)
    for call in calls:
        walk.add(call)
    last = walk.plan[-1]
    if not (last[0] is nn.Linear and last[1]["out_features"] == num_classes):
        walk.add(LayerCall(calls[-1].line, "LazyLinear", (), {"out_features": num_classes}))
    return BlockNet([make(**arguments) for make, arguments in walk.plan])


class _Walk:
    """Goes through the layers with only their shapes (torch's meta device: no memory, no computing)."""

    def __init__(self, shape: tuple[int, int, int], pooling: Pooling) -> None:
        self.plan: list[tuple[type[nn.Module], Mapping[str, Any]]] = []
        self._x = torch.empty((2, *shape), device="meta")  # two samples: BatchNorm refuses to train on one
        self._pooling = pooling
        self._parameters = self._values = self._multiplications = 0

    def add(self, call: LayerCall) -> None:
        """Check the layer against the output of the layer before it, and add it."""
        arguments = checked_arguments(call)
        kind = call.name.removeprefix("Lazy")
        if kind == "Linear" and self._x.dim() == 4:
            self._pool_to_vector(call.line)
        self._fill_inputs(call, kind, arguments)
        self._step(call.line, Conv2d if kind == "Conv2d" else getattr(nn, kind), arguments)

    def _pool_to_vector(self, line: int) -> None:
        pool = nn.AdaptiveMaxPool2d if self._pooling == "max" else nn.AdaptiveAvgPool2d
        if self._x.shape[2:] != (1, 1):
            self._step(line, pool, {"output_size": 1})
        self._step(line, nn.Flatten, {})

    def _fill_inputs(self, call: LayerCall, kind: str, arguments: dict[str, Any]) -> None:
        """Check the layer's number of inputs against the layer before; for lazy layers, set it."""
        if kind in _ON_PICTURES and self._x.dim() != 4:
            raise mistake(call.line, "block_needs_picture", layer=kind)
        name = {"Conv2d": "in_channels", "BatchNorm2d": "num_features", "Linear": "in_features"}.get(kind)
        arrives = self._x.shape[1]
        if name is not None and arguments.setdefault(name, arrives) != arrives:
            raise mistake(
                call.line,
                "block_inputs_wrong",
                layer=kind,
                argument=name,
                value=arguments[name],
                arrives=arrives,
            )
        if kind == "Softmax" and arguments["dim"] is None:
            arguments["dim"] = 1
        arguments.pop("inplace", None)  # it would overwrite what the layer before needs for its gradient

    def _step(self, line: int, make: type[nn.Module], arguments: Mapping[str, Any]) -> None:
        try:
            with torch.device("meta"):
                layer = make(**arguments)
            before, self._x = self._x, layer(self._x)
        except (RuntimeError, ValueError, TypeError) as reason:
            kind, size = make.__name__, "×".join(str(extent) for extent in self._x.shape[1:])
            raise mistake(
                line,
                "block_misfit",
                layer=kind,
                size=size,
                detail=str(reason)[:200],
            ) from None
        self.plan.append((make, arguments))
        self._count(layer, before)

    def _count(self, layer: nn.Module, before: torch.Tensor) -> None:
        values = math.prod(self._x.shape[1:])
        weight = getattr(layer, "weight", None)
        self._parameters += sum(parameter.numel() for parameter in layer.parameters())
        self._values += values
        if isinstance(layer, nn.Conv2d) and weight is not None:
            self._multiplications += math.prod(self._x.shape[2:]) * weight.numel()
        elif isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
            self._multiplications += values * _area(layer.kernel_size)
        check_limit("weights", self._parameters, MAX_PARAMETERS)
        check_limit("values", self._values, MAX_VALUES)
        check_limit("multiplications", self._multiplications, MAX_MULTIPLICATIONS)


def _area(size: int | tuple[int, ...]) -> int:
    return size * size if isinstance(size, int) else math.prod(size)
