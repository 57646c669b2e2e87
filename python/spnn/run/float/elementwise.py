"""Compute element-wise functions of several blobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import torch
from torch import Tensor

from spnn.format.graph import Layer
from spnn.format.values import get_float, get_floats, get_int
from spnn.run.float.registry import kernel, per_channel, weights

PROD, SUM, MAX = range(3)


def as_volume(x: Tensor) -> Tensor:
    """What the tool's Eltwise makes of a blob: always three dimensions, a vector of n being 1 x 1 x n."""
    return x.reshape(x.shape[0], *[1] * (4 - x.ndim), *x.shape[1:])


@kernel("Eltwise")
def _eltwise(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    bottoms = [as_volume(x) for x in bottoms]
    operation, coefficients = get_int(layer, "op_type"), get_floats(layer, "coeffs")
    if operation == PROD:
        return reduce(torch.mul, bottoms)
    if operation == MAX:
        return reduce(torch.maximum, bottoms)
    if operation != SUM:
        raise ValueError(f"op_type {operation} is unknown: 0 (product), 1 (sum) and 2 (maximum) are defined")
    if coefficients:
        bottoms = [x * coefficient for x, coefficient in zip(bottoms, coefficients, strict=True)]
    return reduce(torch.add, bottoms)


_BINARY: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    torch.add,
    torch.sub,
    torch.mul,
    torch.div,
    torch.maximum,
    torch.minimum,
    torch.pow,
    lambda a, b: b - a,
    lambda a, b: b / a,
    lambda a, b: b**a,
)


@kernel("BinaryOp")
def _binary(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    operation = get_int(layer, "op_type")
    if not 0 <= operation < len(_BINARY):
        raise ValueError(f"op_type {operation} is unknown: 0 to {len(_BINARY) - 1} are defined")
    if get_int(layer, "with_scalar"):
        return _BINARY[operation](bottoms[0], torch.tensor(get_float(layer, "b")))
    return _BINARY[operation](*_broadcast(bottoms[0], bottoms[1]))


@kernel("Scale")
def _scale(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    from_blob = get_int(layer, "scale_data_size") == -233
    factor = bottoms[1].flatten(1) if from_blob else weights(layer, 0)[None]
    y = x * factor.reshape(factor.shape[0], -1, *[1] * (x.ndim - 2))
    return y + per_channel(weights(layer, 0 if from_blob else 1), x) if get_int(layer, "bias_term") else y


@kernel("Bias")
def _bias(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return bottoms[0] + per_channel(weights(layer, 0), bottoms[0])


def _broadcast(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """ncnn's broadcasting: a blob with fewer dimensions runs along the outer axes of the other one."""
    if a.ndim < b.ndim:
        return _expand(a, b), b
    return (a, _expand(b, a)) if b.ndim < a.ndim else (a, b)


def _expand(small: Tensor, large: Tensor) -> Tensor:
    if small.ndim == 2 and small.shape[1] != large.shape[1]:
        return small.reshape(small.shape[0], *[1] * (large.ndim - 2), -1)
    return small.reshape(*small.shape, *[1] * (large.ndim - small.ndim))
