"""Compute element-wise functions of one blob, like ncnn's layers of the same names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from spnn.format.graph import Layer
from spnn.format.values import get_float, get_floats, get_int
from spnn.run.float.registry import kernel, per_channel, weights


def fused(layer: Layer, x: Tensor) -> Tensor:
    """The activation that a convolution or InnerProduct carries."""
    kind, values = get_int(layer, "activation_type"), get_floats(layer, "activation_params")
    if kind == 0:
        return x
    if kind == 1:
        return F.relu(x)
    if kind == 2:
        return F.leaky_relu(x, values[0])
    if kind == 3:
        return x.clamp(values[0], values[1])
    if kind == 4:
        return torch.sigmoid(x)
    if kind == 5:
        return F.mish(x)
    if kind == 6:
        return x * (x * values[0] + values[1]).clamp(0, 1)
    raise ValueError(f"fused activation 9={kind} is unknown")


@kernel("ReLU")
def _relu(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    slope = get_float(layer, "slope")
    return F.leaky_relu(bottoms[0], slope) if slope else F.relu(bottoms[0])


@kernel("PReLU")
def _prelu(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, slope = bottoms[0], weights(layer, 0)
    return torch.where(x < 0, x * (per_channel(slope, x) if slope.numel() > 1 else slope), x)


@kernel("Clip")
def _clip(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return bottoms[0].clamp(get_float(layer, "min"), get_float(layer, "max"))


@kernel("Threshold")
def _threshold(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return (bottoms[0] > get_float(layer, "threshold")).float()


@kernel("ELU")
def _elu(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return F.elu(bottoms[0], get_float(layer, "alpha"))


@kernel("HardSigmoid")
def _hard_sigmoid(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return (bottoms[0] * get_float(layer, "alpha") + get_float(layer, "beta")).clamp(0, 1)


@kernel("HardSwish")
def _hard_swish(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return bottoms[0] * _hard_sigmoid(layer, bottoms)


@kernel("Power")
def _power(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    power, x = get_float(layer, "power"), _line(layer, bottoms[0])
    return x if power == 1 else x**power


@kernel("Exp")
def _exp(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, base = _line(layer, bottoms[0]), get_float(layer, "base")
    return x.exp() if base == -1 else torch.pow(base, x)


@kernel("Log")
def _log(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, base = _line(layer, bottoms[0]).log(), get_float(layer, "base")
    return x if base == -1 else x / math.log(base)


def _line(layer: Layer, x: Tensor) -> Tensor:
    """What Power, Exp and Log begin with."""
    return x * get_float(layer, "scale") + get_float(layer, "shift")


@kernel("Dropout")
def _dropout(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    scale = get_float(layer, "scale")
    return bottoms[0] if scale == 1 else bottoms[0] * scale


_UNARY: tuple[Callable[[Tensor], Tensor], ...] = (
    torch.abs, torch.neg, torch.floor, torch.ceil, torch.square, torch.sqrt, torch.rsqrt, torch.exp, torch.log,
    torch.sin, torch.cos, torch.tan, torch.asin, torch.acos, torch.atan, torch.reciprocal, torch.tanh,
)  # fmt: skip


@kernel("UnaryOp")
def _unary(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    operation = get_int(layer, "op_type")
    if not 0 <= operation < len(_UNARY):
        raise ValueError(f"op_type {operation} is unknown: 0 to {len(_UNARY) - 1} are defined")
    return _UNARY[operation](bottoms[0])


_PLAIN: dict[str, Callable[[Tensor], Tensor]] = {
    "AbsVal": torch.abs,
    "BNLL": F.softplus,
    "Mish": F.mish,
    "SELU": F.selu,
    "Sigmoid": torch.sigmoid,
    "Swish": F.silu,
    "TanH": torch.tanh,
}


@kernel(*_PLAIN)
def _plain(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return _PLAIN[layer.type](bottoms[0])
