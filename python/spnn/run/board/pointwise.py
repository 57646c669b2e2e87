"""Run the NPU's layers that have no sums of weights (docs/spnn-format.md §6).

ReLU, PReLU, BatchNorm, Quantize, Eltwise, Pooling, copies.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.arithmetic import CHANNEL_ONE, ratio_of
from spnn.format.graph import Layer
from spnn.format.values import get_int
from spnn.run.board.blocks import to_bytes
from spnn.run.board.fixed_point import Converter, shifted, shifter, usable_ratio
from spnn.run.board.options import SimulateOptions
from spnn.run.float.convolution import kernel_size
from spnn.run.float.elementwise import MAX, PROD, SUM, as_volume
from spnn.run.float.pooling import covered_share, max_pool, pooling_pads, pooling_stride
from spnn.run.float.registry import only_axis, per_channel

Step = Callable[..., Tensor]
"""8-bit outputs for one or more 8-bit inputs, all as int8."""

_BATCHNORM_ONE = 128
_IN_PLACE: dict[int, Callable[[Tensor, Tensor], Tensor]] = {
    PROD: Tensor.mul_,
    SUM: Tensor.add_,
    MAX: lambda wide, other: torch.maximum(wide, other, out=wide),
}


def relu_step(layer: Layer, options: SimulateOptions) -> Step:
    """max(x, 0), then the output converter."""
    convert = Converter.of(layer, options)
    if convert.keeps_bytes:
        return F.relu
    return lambda q: convert(F.relu(q))


def prelu_step(layer: Layer, options: SimulateOptions) -> Step:
    """Negative values times the channel's slope >> 10, then the output converter."""
    convert = Converter.of(layer, options)
    slopes = torch.from_numpy(layer.blobs[0].data.astype(np.float64) / CHANNEL_ONE)

    def step(q: Tensor) -> Tensor:
        factor = per_channel(slopes, q) if slopes.numel() > 1 else slopes
        return convert(torch.where(q < 0, shifted(q, factor, options.rounding), q.double()))

    return step


def batchnorm_step(layer: Layer, options: SimulateOptions) -> Step:
    """(x + bias) * mult >> 7 for every channel, then the output converter."""
    convert = Converter.of(layer, options)
    pairs = torch.from_numpy(layer.blobs[0].data.astype(np.float64).reshape(-1, 2))

    def step(q: Tensor) -> Tensor:
        bias, factor = per_channel(pairs[:, 0], q), per_channel(pairs[:, 1] / _BATCHNORM_ONE, q)
        return convert(shifted(q.double() + bias, factor, options.rounding))

    return step


def quantize_step(layer: Layer, options: SimulateOptions) -> Step:
    """Another scale for the same values."""
    return Converter.of(layer, options)


def eltwise_step(layer: Layer, options: SimulateOptions) -> Step:
    """One operand brought to the other's scale, then sum, product or maximum, then the output converter."""
    if len(layer.bottoms) > 2:
        raise SpnnError(f"layer {layer.name!r}: an Eltwise of {len(layer.bottoms)} inputs is not defined on the board")
    convert = Converter.of(layer, options)
    factor = ratio_of(*usable_ratio(layer, "operand_mult", "operand_shift"))
    second_is_small = get_int(layer, "operand_select") == 1
    operation = _IN_PLACE.get(get_int(layer, "op_type"))
    if operation is None:
        raise SpnnError(f"layer {layer.name!r}: Eltwise op_type {get_int(layer, 'op_type')} is unknown")

    raise_small, finish = shifter(factor, options.rounding), convert.in_place()

    def combine(small: Tensor, other: Tensor) -> None:
        operation(raise_small(small), other)
        finish(small)

    def step(first: Tensor, second: Tensor | None = None) -> Tensor:
        if second is None:
            return convert(as_volume(first))
        first, second = as_volume(first), as_volume(second)
        shape = np.broadcast_shapes(first.shape, second.shape)
        first, second = first.expand(shape), second.expand(shape)
        return to_bytes(combine, *((second, first) if second_is_small else (first, second)))

    return step


def pooling_step(layer: Layer, options: SimulateOptions) -> Step:
    """Maximum or mean of the 8-bit values, then the output converter."""
    convert = Converter.of(layer, options)
    mean = _global_mean if get_int(layer, "global_pooling") else _window_mean

    def average(q: Tensor) -> Tensor:
        # Sums are whole numbers and stay exact; the one division is left to float64.
        value = mean(layer, q.double(), options)
        return convert(shifted(value, 1.0, options.rounding) if options.pool_rounding == "before" else value)

    def maximum(q: Tensor) -> Tensor:
        if get_int(layer, "global_pooling"):
            largest = q.amax((-2, -1))
        else:  # torch takes maxima of int8 for small pictures only
            largest = max_pool(layer, q.float(), options.saturate_min)
        return largest.to(torch.int8) if convert.keeps_bytes else convert(largest)

    return average if get_int(layer, "pooling_type") == 1 else maximum


def concat_step(layer: Layer, options: SimulateOptions) -> Step:
    """A copy; calibration gives all inputs the output's scale."""
    return lambda *parts: torch.cat(parts, only_axis(get_int(layer, "axis"), parts[0]))


def _global_mean(layer: Layer, q: Tensor, options: SimulateOptions) -> Tensor:
    return q.sum((-2, -1)) / (q.shape[-2] * q.shape[-1])


def _window_mean(layer: Layer, q: Tensor, options: SimulateOptions) -> Tensor:
    border = pooling_pads(layer, *q.shape[-2:])
    height, width = kernel_size(layer)
    sums = F.avg_pool2d(F.pad(q, border), (height, width), pooling_stride(layer), divisor_override=1)
    area = height * width
    if options.pool_divisor == "covered" and any(border):
        return sums / (covered_share(layer, q, border) * area).round()
    return sums / area


STEPS: dict[str, Callable[[Layer, SimulateOptions], Step]] = {
    "BatchNorm": batchnorm_step,
    "Concat": concat_step,
    "Eltwise": eltwise_step,
    "Pooling": pooling_step,
    "PReLU": prelu_step,
    "Quantize": quantize_step,
    "ReLU": relu_step,
}
