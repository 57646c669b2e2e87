"""Compute Convolution, Deconvolution, their grouped forms, and InnerProduct with torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from spnn.format.constants import PAD_SAME_LOWER, PAD_SAME_UPPER
from spnn.format.graph import Layer
from spnn.format.values import get_float, get_int
from spnn.run.float.activation import fused
from spnn.run.float.registry import kernel, weights

_FEW_CHANNELS = 4  # photos: torch is up to three times as fast on them channels-last


def kernel_size(layer: Layer) -> tuple[int, int]:
    """(height, width) of a convolution's or pooling's window."""
    return get_int(layer, "kernel_h"), get_int(layer, "kernel_w")


def stride(layer: Layer) -> tuple[int, int]:
    """(vertical, horizontal) stride of a convolution."""
    return get_int(layer, "stride_h"), get_int(layer, "stride_w")


def dilation(layer: Layer) -> tuple[int, int]:
    """(vertical, horizontal) dilation of a convolution."""
    return get_int(layer, "dilation_h"), get_int(layer, "dilation_w")


def pads(layer: Layer) -> tuple[int, int, int, int]:
    """Left, right, top, bottom of a convolution as written: pixels, or -233 / -234 for SAME."""
    left, right, top, bottom = (get_int(layer, f"pad_{side}") for side in ("left", "right", "top", "bottom"))
    return left, right, top, bottom


def convolve(layer: Layer, x: Tensor, weight: Tensor, bias: Tensor | None = None, groups: int = 1) -> Tensor:
    """The layer's convolution of `x` (n, c, h, w) with its stride, dilation and padding, as torch lays it out."""
    left, right, top, bottom = _resolved_pads(layer, x)
    inside = (0, 0)
    if left == right and top == bottom and min(left, top) >= 0 and not get_float(layer, "pad_value"):
        inside = (top, left)  # torch pads with 0 on the way, without a copy
    elif left or right or top or bottom:
        x = F.pad(x, (left, right, top, bottom), value=get_float(layer, "pad_value"))
    if x.shape[1] <= _FEW_CHANNELS:
        x = x.contiguous(memory_format=torch.channels_last)
    return F.conv2d(x, weight, bias, stride(layer), inside, dilation(layer), groups)


def pad_for_convolution(layer: Layer, x: Tensor) -> Tensor:
    """`x` with the padding that the convolution asks for, SAME resolved."""
    border = _resolved_pads(layer, x)
    return F.pad(x, border, value=get_float(layer, "pad_value")) if any(border) else x


def _resolved_pads(layer: Layer, x: Tensor) -> tuple[int, int, int, int]:
    left, right, top, bottom = pads(layer)
    if left in (PAD_SAME_UPPER, PAD_SAME_LOWER):
        extents = [(k - 1) * d + 1 for k, d in zip(kernel_size(layer), dilation(layer), strict=True)]
        (top, bottom), (left, right) = (
            same_pads(size, extent, step, lower=left == PAD_SAME_LOWER)
            for size, extent, step in zip(x.shape[-2:], extents, stride(layer), strict=True)
        )
    return left, right, top, bottom


def same_pads(size: int, extent: int, step: int, *, lower: bool) -> tuple[int, int]:
    """Padding in front and behind so that the output has ceil(size / step) pixels."""
    total = max(0, extent + (size - 1) // step * step - size)
    small, large = total // 2, total - total // 2
    return (large, small) if lower else (small, large)


@kernel("Convolution", "ConvolutionDepthWise")
def _convolution(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return fused(layer, convolution(layer, bottoms[0]).contiguous())


def convolution(layer: Layer, x: Tensor) -> Tensor:
    """The layer's result without its activation, as torch lays it out: channels last in memory where `x` is."""
    outputs = get_int(layer, "num_output")
    if x.ndim == 2:  # ncnn: a 1x1 convolution of a 1-D blob is an InnerProduct
        return F.linear(x, weights(layer, 0).reshape(outputs, -1), _bias(layer))
    groups = get_int(layer, "group") if layer.type == "ConvolutionDepthWise" else 1
    weight = weights(layer, 0).reshape(outputs, x.shape[1] // groups, *kernel_size(layer))
    return convolve(layer, x, weight, _bias(layer), groups)


@kernel("Deconvolution", "DeconvolutionDepthWise")
def _deconvolution(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, outputs = bottoms[0], get_int(layer, "num_output")
    groups = get_int(layer, "group") if layer.type == "DeconvolutionDepthWise" else 1
    # The file holds (group, output, input, kh, kw); torch wants (input of all groups, output of one, kh, kw).
    weight = weights(layer, 0).reshape(groups, outputs // groups, x.shape[1] // groups, *kernel_size(layer))
    weight = weight.transpose(1, 2).reshape(x.shape[1], outputs // groups, *kernel_size(layer))
    y = F.conv_transpose2d(x, weight, None, stride(layer), 0, 0, groups, dilation(layer))
    y = F.pad(y, (0, get_int(layer, "output_pad_right"), 0, get_int(layer, "output_pad_bottom")))
    bias = _bias(layer)
    if bias is not None:
        y = y + bias.reshape(1, -1, 1, 1)
    return fused(layer, _cut(layer, y))


@kernel("InnerProduct")
def _inner_product(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    weight = weights(layer, 0).reshape(get_int(layer, "num_output"), -1)
    rows = x.ndim == 3 and x.shape[1] > 1 and x.shape[2] == weight.shape[1]
    return fused(layer, F.linear(x if rows else x.flatten(1), weight, _bias(layer)))


def _bias(layer: Layer) -> Tensor | None:
    return weights(layer, 1) if get_int(layer, "bias_term") else None


def _cut(layer: Layer, y: Tensor) -> Tensor:
    left, right, top, bottom = pads(layer)
    width, height = get_int(layer, "output_w"), get_int(layer, "output_h")
    if max(left, right, top, bottom) <= 0:
        if not (width > 0 and height > 0):
            return y
        (left, right), (top, bottom) = (
            (total - total // 2, total // 2) if left == PAD_SAME_LOWER else (total // 2, total - total // 2)
            for total in (y.shape[-1] - width, y.shape[-2] - height)
        )
    left, right, top, bottom = (max(0, pad) for pad in (left, right, top, bottom))
    return y[..., top : y.shape[-2] - bottom, left : y.shape[-1] - right]
