"""Run Convolution and InnerProduct in integers: sums, channel multipliers, bias, output converter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.arithmetic import CHANNEL_ONE, ratio_of
from spnn.format.graph import Layer
from spnn.format.values import get_int, has_param
from spnn.format.weight_order import from_direct_order, from_image_order
from spnn.run.board.fixed_point import Converter, shifted, usable_ratio
from spnn.run.board.float_sums import FloatSums
from spnn.run.board.int8_sums import Int8Sums
from spnn.run.board.options import SimulateOptions
from spnn.run.float.convolution import kernel_size
from spnn.run.float.elementwise import as_volume

_BLOCK = 1 << 16  # sums that are finished together: half a megabyte as float64


class ConvolutionStep:
    """One quantised Convolution or InnerProduct, made ready for the shape of its input."""

    def __init__(self, layer: Layer, options: SimulateOptions) -> None:
        if not get_int(layer, "quantised"):
            raise SpnnError(f"layer {layer.name!r} was left float by quantize: the board cannot run it")
        self._layer = layer
        self._options = options
        self._convert = Converter.of(layer, options)
        blobs = [blob.data for blob in layer.blobs]
        self._stored, channel_mult = blobs[0], blobs[-1]
        self._channel_factor = torch.from_numpy(channel_mult.astype(np.float64) / CHANNEL_ONE)
        self._bias = torch.from_numpy(_wide_bias(layer, blobs[1], options)) if len(blobs) == 3 else None
        self._sums: FloatSums | Int8Sums | None = None

    def __call__(self, q: Tensor) -> Tensor:
        """8-bit outputs for 8-bit inputs, both as float32."""
        if q.ndim == 3:  # two dimensions count as one channel, as for quantize
            q = as_volume(q)
        if self._sums is None:
            self._sums = self._prepared(q.shape[1:])
        sums = self._sums(q)
        result = torch.empty_like(sums, dtype=torch.float32)  # laid out alike
        rows, into = _as_rows(sums), _as_rows(result)
        for block in _blocks(rows.shape):
            into[block] = self._finished(rows[block], block[1])
        return result

    def _finished(self, sums: Tensor, channels: slice) -> Tensor:
        """Channel multipliers, bias and output converter for a block (n, k, pixels) of sums."""
        total = shifted(sums, self._channel_factor[channels, None], self._options.rounding)
        if self._bias is not None:
            total += self._bias[channels, None]
        return self._convert(total)

    def _prepared(self, shape: tuple[int, ...]) -> FloatSums | Int8Sums:
        """The weights as (k, c, kh, kw); an InnerProduct's kernel is as large as its input."""
        layer, outputs = self._layer, get_int(self._layer, "num_output")
        if layer.type == "Convolution":
            channels, height, width = shape[0], *kernel_size(layer)
        else:
            channels, height, width = (*shape, 1, 1) if len(shape) == 1 else shape
        order = from_image_order if get_int(layer, "image_order") else from_direct_order
        weights = order(self._stored, (outputs, channels, height, width))
        return Int8Sums(layer, weights) if Int8Sums.suits(layer, weights) else FloatSums(layer, weights)


def _as_rows(x: Tensor) -> Tensor:
    """A view of (n, k, …): (n, k, pixels), or where channels lie last in memory (n · pixels, k, 1)."""
    if x.is_contiguous():
        return x.view(*x.shape[:2], -1)
    return x.permute(0, 2, 3, 1).view(-1, x.shape[1], 1)


def _blocks(shape: torch.Size) -> Iterator[tuple[slice, slice]]:
    """Parts of (n, k, pixels) that stay in the processor's cache through the eight steps of finishing them."""
    samples, channels, pixels = shape
    at_once = max(1, _BLOCK // max(1, channels * pixels))
    channels_at_once = max(1, min(channels, _BLOCK // max(1, pixels)))
    for n in range(0, samples, at_once):
        for k in range(0, channels, channels_at_once):
            yield slice(n, n + at_once), slice(k, k + channels_at_once)


def _wide_bias(layer: Layer, bias: NDArray[np.int16], options: SimulateOptions) -> NDArray[np.float64]:
    if not (has_param(layer, "bias_mult") or has_param(layer, "bias_shift")):
        return bias.astype(np.float64)
    factor = ratio_of(*usable_ratio(layer, "bias_mult", "bias_shift"))
    return shifted(torch.from_numpy(bias.astype(np.float64)), factor, options.rounding).numpy()
