"""Shapes of layers that slide a window: convolutions, deconvolutions, pooling, InnerProduct."""

from __future__ import annotations

from spnn.format.constants import PAD_SAME_LOWER, PAD_SAME_UPPER
from spnn.format.graph import Layer
from spnn.format.values import get_int
from spnn.shapes.shape import Shape, divide, remainder, vector, volume

_PADS = ("pad_left", "pad_right", "pad_top", "pad_bottom")


def convolution(layer: Layer, bottom: Shape) -> Shape | None:
    """Convolution and ConvolutionDepthWise; a 1x1 convolution of a matching vector is an InnerProduct."""
    outputs = get_int(layer, "num_output")
    if layer.type == "ConvolutionDepthWise":
        if not _groups_fit(layer, bottom.c, outputs):
            return None
    elif _is_inner_product(layer, bottom):
        return vector(outputs)
    left, right, top, bottom_pad = (get_int(layer, name) for name in _PADS)
    kernel_w, kernel_h = _extent(layer, "w"), _extent(layer, "h")
    stride_w, stride_h = get_int(layer, "stride_w"), get_int(layer, "stride_h")
    if stride_w == 0 or stride_h == 0:
        return None
    w, h = bottom.w, bottom.h
    if max(left, right, top, bottom_pad) > 0:
        w, h = w + left + right, h + top + bottom_pad
    elif left == right == top == bottom_pad and left in (PAD_SAME_UPPER, PAD_SAME_LOWER):
        w, h = _same_padded(w, h, kernel_w, kernel_h, stride_w, stride_h)
    if w < 1 or h < 1:
        return None
    return volume(divide(w - kernel_w, stride_w) + 1, divide(h - kernel_h, stride_h) + 1, outputs)


def deconvolution(layer: Layer, bottom: Shape) -> Shape | None:
    """Deconvolution and DeconvolutionDepthWise."""
    outputs = get_int(layer, "num_output")
    if layer.type == "DeconvolutionDepthWise" and not _groups_fit(layer, bottom.c, outputs):
        return None
    w = (bottom.w - 1) * get_int(layer, "stride_w") + _extent(layer, "w")
    h = (bottom.h - 1) * get_int(layer, "stride_h") + _extent(layer, "h")
    if w < 1 or h < 1:
        return None
    pad_right, pad_bottom = get_int(layer, "output_pad_right"), get_int(layer, "output_pad_bottom")
    if pad_right > 0 or pad_bottom > 0:
        w, h = w + pad_right, h + pad_bottom
    pads = [get_int(layer, name) for name in _PADS]
    output_w, output_h = get_int(layer, "output_w"), get_int(layer, "output_h")
    if max(pads) > 0:
        w, h = w - pads[0] - pads[1], h - pads[2] - pads[3]
    elif output_w > 0 and output_h > 0:
        if not {PAD_SAME_UPPER, PAD_SAME_LOWER}.intersection(pads):
            return None  # ncnn cuts to a wished size only where the padding is SAME
        w, h = output_w, output_h
    return volume(w, h, outputs)


def pooling(layer: Layer, bottom: Shape) -> Shape | None:
    """Pooling; pad_mode 0 rounds up (padding the tail), 1 down, 2 and 3 are SAME."""
    if get_int(layer, "global_pooling"):
        return vector(bottom.c)
    left, right, top, bottom_pad = (get_int(layer, name) for name in _PADS)
    kernel_w, kernel_h = get_int(layer, "kernel_w"), get_int(layer, "kernel_h")
    stride_w, stride_h = get_int(layer, "stride_w"), get_int(layer, "stride_h")
    if stride_w == 0 or stride_h == 0:
        return None
    w, h = bottom.w, bottom.h
    mode = get_int(layer, "pad_mode")
    if mode in (0, 1):
        w, h = w + left + right, h + top + bottom_pad
        if mode == 0:
            w += _tail(w - kernel_w, stride_w)
            h += _tail(h - kernel_h, stride_h)
    elif mode in (2, 3):
        w, h = _same_padded(w, h, kernel_w, kernel_h, stride_w, stride_h)
    if w < 1 or h < 1:
        return None
    return volume(divide(w - kernel_w, stride_w) + 1, divide(h - kernel_h, stride_h) + 1, bottom.c)


def inner_product(layer: Layer, bottom: Shape) -> Shape | None:
    """A vector of num_output, whatever the input."""
    del bottom
    return vector(get_int(layer, "num_output"))


def roi_pooling(layer: Layer, bottom: Shape) -> Shape | None:
    """The pooled window for every channel."""
    return volume(get_int(layer, "pooled_width"), get_int(layer, "pooled_height"), bottom.c)


def _is_inner_product(layer: Layer, bottom: Shape) -> bool:
    if bottom.dims != 1 or not get_int(layer, "kernel_w") == get_int(layer, "kernel_h") == 1:
        return False
    outputs = get_int(layer, "num_output")
    return outputs > 0 and get_int(layer, "weight_data_size") // outputs == bottom.w


def _extent(layer: Layer, axis: str) -> int:
    return get_int(layer, f"dilation_{axis}") * (get_int(layer, f"kernel_{axis}") - 1) + 1


def _same_padded(w: int, h: int, kernel_w: int, kernel_h: int, stride_w: int, stride_h: int) -> tuple[int, int]:
    pad_w = kernel_w + divide(w - 1, stride_w) * stride_w - w
    pad_h = kernel_h + divide(h - 1, stride_h) * stride_h - h
    return (w + pad_w, h + pad_h) if pad_w > 0 or pad_h > 0 else (w, h)


def _tail(span: int, stride: int) -> int:
    rest = remainder(span, stride)
    return stride - rest if rest else 0


def _groups_fit(layer: Layer, inputs: int, outputs: int) -> bool:
    group = get_int(layer, "group")
    return group >= 1 and inputs % group == 0 and outputs % group == 0
