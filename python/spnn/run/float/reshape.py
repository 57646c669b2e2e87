"""Compute the layers that change only the shape (Reshape, Flatten, Squeeze, ExpandDims), and MemoryData."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from spnn.format.graph import Layer
from spnn.format.values import get_int, get_ints
from spnn.run.float.registry import batch_axis, kernel, weights

ABSENT = -233


@kernel("Flatten")
def _flatten(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return bottoms[0].flatten(1)


@kernel("MemoryData")
def _memory_data(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    extents = [extent for extent in (get_int(layer, name) for name in ("ic", "ih", "iw")) if extent]
    return weights(layer, 0).reshape(1, *extents)


@kernel("Reshape")
def _reshape(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    if get_int(layer, "permute"):
        raise ValueError("Reshape with permute (3=1) is not supported")
    wanted = [get_int(layer, name) for name in ("rc", "rh", "rw")]
    extents = [size for size in wanted if size != ABSENT]
    sizes = list(x.shape[1:])
    # 0 keeps the extent of the same name, counted from the width.
    resolved = [sizes[index - len(extents)] if size == 0 else size for index, size in enumerate(extents)]
    return x.reshape(x.shape[0], *resolved)


@kernel("Squeeze")
def _squeeze(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    axes = [batch_axis(axis, x) for axis in get_ints(layer, "axes")]
    if not axes:
        axes = [x.ndim - 1 - i for i, name in enumerate("whc"[: x.ndim - 1]) if get_int(layer, f"squeeze_{name}")]
    kept = [size for axis, size in enumerate(x.shape) if axis == 0 or axis not in axes or size != 1]
    return x.reshape(kept if len(kept) > 1 else [x.shape[0], 1])


@kernel("ExpandDims")
def _expand_dims(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    axes = get_ints(layer, "axes")
    if axes:
        ndim = x.ndim + len(axes)
        for axis in sorted(axis + 1 if axis >= 0 else ndim + axis for axis in axes):
            x = x.unsqueeze(axis)
        return x
    width, height, channels = (bool(get_int(layer, f"expand_{extent}")) for extent in "whc")
    if x.ndim == 2 and width:
        x = x.unsqueeze(-1)
    elif x.ndim == 2 and height:
        x = x.unsqueeze(1)
    elif x.ndim == 3 and width:
        x = x.unsqueeze(-1)
    elif x.ndim == 3 and height:
        x = x.unsqueeze(2)
    elif x.ndim == 3 and channels:
        x = x.unsqueeze(1)
    return x
