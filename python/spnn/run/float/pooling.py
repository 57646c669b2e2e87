"""Compute max and average pooling with ncnn's padding modes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from spnn.format.constants import FLT_MAX
from spnn.format.graph import Layer
from spnn.format.values import get_int
from spnn.run.float.convolution import kernel_size, same_pads
from spnn.run.float.registry import kernel

_MANY_CHANNELS = 16  # from here on torch takes maxima several times as fast channels-last

FULL, VALID, SAME_UPPER, SAME_LOWER = range(4)


@kernel("Pooling")
def _pooling(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    average = get_int(layer, "pooling_type") == 1
    if get_int(layer, "global_pooling"):
        return x.mean((-2, -1)) if average else x.amax((-2, -1))
    if get_int(layer, "adaptive_pooling"):  # -233 keeps the extent
        height, width = _adaptive(layer)
        size = (x.shape[-2] if height == -233 else height, x.shape[-1] if width == -233 else width)
        return F.adaptive_avg_pool2d(x, size) if average else F.adaptive_max_pool2d(x, size)
    step = pooling_stride(layer)
    border = pooling_pads(layer, *x.shape[-2:])
    if not average:
        return max_pool(layer, x, -FLT_MAX)
    y = F.avg_pool2d(F.pad(x, border), kernel_size(layer), step)
    return y / covered_share(layer, x, border) if any(border) and leaves_padding_out(layer) else y


def max_pool(layer: Layer, x: Tensor, lowest: float) -> Tensor:
    """Maxima of the layer's windows; `lowest` is what lies in the border."""
    left, right, top, bottom = border = pooling_pads(layer, *x.shape[-2:])
    kernel = kernel_size(layer)
    if left == right and top == bottom and 0 <= 2 * left <= kernel[1] and 0 <= 2 * top <= kernel[0]:
        inside = (top, left)  # no window lies in the border alone
    else:
        x, inside = F.pad(x, border, value=lowest), (0, 0)
    if x.shape[1] >= _MANY_CHANNELS:
        x = x.contiguous(memory_format=torch.channels_last)
    return F.max_pool2d(x, kernel, pooling_stride(layer), inside).contiguous()


def leaves_padding_out(layer: Layer) -> bool:
    """Whether an average divides by the covered pixels only. SAME padding counts, as in ncnn."""
    return not get_int(layer, "avgpool_count_include_pad") and get_int(layer, "pad_mode") in (FULL, VALID)


def pooling_stride(layer: Layer) -> tuple[int, int]:
    """(vertical, horizontal) stride."""
    return get_int(layer, "stride_h"), get_int(layer, "stride_w")


def pooling_pads(layer: Layer, height: int, width: int) -> tuple[int, int, int, int]:
    """Left, right, top, bottom border, with the tail that makes the last window full (pad mode 0)."""
    left, right, top, bottom = (get_int(layer, f"pad_{side}") for side in ("left", "right", "top", "bottom"))
    mode, (kh, kw), (sh, sw) = get_int(layer, "pad_mode"), kernel_size(layer), pooling_stride(layer)
    if mode in (SAME_UPPER, SAME_LOWER):
        lower = mode == SAME_LOWER
        return *same_pads(width, kw, sw, lower=lower), *same_pads(height, kh, sh, lower=lower)
    if mode == FULL:
        right += -(width + left + right - kw) % sw
        bottom += -(height + top + bottom - kh) % sh
    return left, right, top, bottom


def covered_share(layer: Layer, x: Tensor, border: tuple[int, int, int, int]) -> Tensor:
    """Share of every window that lies on the picture: the mean leaves the padding out."""
    ones = torch.ones((1, 1, *x.shape[-2:]), dtype=x.dtype)
    return F.avg_pool2d(F.pad(ones, border), kernel_size(layer), pooling_stride(layer))


def _adaptive(layer: Layer) -> tuple[int, int]:
    return get_int(layer, "out_h"), get_int(layer, "out_w")
