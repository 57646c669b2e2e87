"""Compute the layers that only copy values to other positions: Concat, Slice, Crop, Permute, shuffles."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from spnn.format.graph import Layer
from spnn.format.values import get_int, get_ints
from spnn.run.float.registry import batch_axis, kernel, only_axis

REST = -233
"""Stands for "what is left" in Slice and Crop."""

# Axes of the output (outermost first) as axes of the input (n, c, h, w), by Permute's order type.
_ORDERS_3D = ((1, 2, 3), (1, 3, 2), (2, 1, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1))


@kernel("Split")
def _split(layer: Layer, bottoms: Sequence[Tensor]) -> list[Tensor]:
    return [bottoms[0]] * len(layer.tops)


@kernel("Noop")
def _noop(layer: Layer, bottoms: Sequence[Tensor]) -> list[Tensor]:
    return list(bottoms)


@kernel("Concat")
def _concat(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(bottoms), only_axis(get_int(layer, "axis"), bottoms[0]))


@kernel("Slice")
def _slice(layer: Layer, bottoms: Sequence[Tensor]) -> list[Tensor]:
    x = bottoms[0]
    axis, parts = only_axis(get_int(layer, "axis"), x), get_ints(layer, "slices")
    start, tops = 0, []
    for index, size in enumerate(parts):
        if size == REST:
            size = (x.shape[axis] - start) // (len(parts) - index)
        tops.append(x.narrow(axis, start, size))
        start += size
    return tops


@kernel("Crop")
def _crop(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    starts, ends = get_ints(layer, "starts"), get_ints(layer, "ends")
    if starts:
        for start, end, axis in zip(starts, ends, _crop_axes(layer, x), strict=True):
            size = x.shape[axis]
            start, end = 0 if start == REST else start, size if end == REST else end
            start, end = (max(0, size + edge) if edge < 0 else min(edge, size) for edge in (start, end))
            x = x.narrow(axis, start, end - start)
        return x
    sizes = bottoms[1].shape[1:][::-1] if len(bottoms) > 1 else None
    for position, extent in enumerate("whc"[: x.ndim - 1]):
        axis, offset = x.ndim - 1 - position, get_int(layer, f"{extent}offset")
        wanted = sizes[position] if sizes and position < len(sizes) else get_int(layer, f"out{extent}")
        whole = wanted in (REST, 0)
        size = x.shape[axis] - offset - get_int(layer, f"{extent}offset2") if whole else wanted
        x = x.narrow(axis, offset, size)
    return x


@kernel("Permute")
def _permute(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, order = bottoms[0], get_int(layer, "order_type")
    if x.ndim == 2:
        return x
    if x.ndim == 3:
        return x.transpose(1, 2) if order == 1 else x
    return x.permute(0, *_ORDERS_3D[order])


@kernel("ShuffleChannel")
def _shuffle_channel(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, groups = bottoms[0], get_int(layer, "group")
    return x.reshape(x.shape[0], groups, -1, *x.shape[2:]).transpose(1, 2).reshape(x.shape)


@kernel("PixelShuffle")
def _pixel_shuffle(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return F.pixel_shuffle(bottoms[0], get_int(layer, "upscale_factor"))


@kernel("Reorg")
def _reorg(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return F.pixel_unshuffle(bottoms[0], get_int(layer, "stride"))


def _crop_axes(layer: Layer, x: Tensor) -> list[int]:
    axes = get_ints(layer, "axes") or range(len(get_ints(layer, "starts")))
    return [batch_axis(axis, x) for axis in axes]
