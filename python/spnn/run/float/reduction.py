"""Compute Reduction over some axes of a blob."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from spnn.format.graph import Layer
from spnn.format.values import get_float, get_int, get_ints
from spnn.run.float.registry import batch_axis, kernel

_OPERATIONS: tuple[Callable[[Tensor, list[int]], Tensor], ...] = (
    lambda x, axes: x.sum(axes, keepdim=True),
    lambda x, axes: x.abs().sum(axes, keepdim=True),
    lambda x, axes: x.square().sum(axes, keepdim=True),
    lambda x, axes: x.mean(axes, keepdim=True),
    lambda x, axes: x.amax(axes, keepdim=True),
    lambda x, axes: x.amin(axes, keepdim=True),
    lambda x, axes: _product(x, axes),
    lambda x, axes: x.abs().sum(axes, keepdim=True),
    lambda x, axes: x.square().sum(axes, keepdim=True).sqrt(),
    lambda x, axes: x.sum(axes, keepdim=True).log(),
    lambda x, axes: torch.logsumexp(x, axes, keepdim=True),
)


@kernel("Reduction")
def _reduction(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, operation = bottoms[0], get_int(layer, "operation")
    if not 0 <= operation < len(_OPERATIONS):
        raise ValueError(f"operation {operation} is unknown: 0 to {len(_OPERATIONS) - 1} are defined")
    axes = _axes(layer, x)
    y = _OPERATIONS[operation](x, axes) * get_float(layer, "coeff")
    if get_int(layer, "keepdims"):
        return y
    kept = [extent for axis, extent in enumerate(y.shape) if axis not in axes]
    return y.reshape(kept if len(kept) > 1 else [y.shape[0], 1])


def _axes(layer: Layer, x: Tensor) -> list[int]:
    given = get_ints(layer, "axes")
    if get_int(layer, "reduce_all") or not given:
        return list(range(1, x.ndim))
    if get_int(layer, "fixbug0"):  # pnnx: axes of the blob
        return sorted({batch_axis(axis, x) for axis in given})
    return sorted({axis if axis >= 0 else x.ndim + axis for axis in given})  # before: counted with a batch axis


def _product(x: Tensor, axes: list[int]) -> Tensor:
    for axis in axes:
        x = x.prod(axis, keepdim=True)
    return x
