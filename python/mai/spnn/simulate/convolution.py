"""Convolution and InnerProduct in integers: sums, channel multipliers, bias, output converter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from mai.spnn import constants as c
from mai.spnn.arithmetic import CHANNEL_ONE, ratio_of
from mai.spnn.errors import SpnnError
from mai.spnn.forward.convolution import convolve, kernel_size
from mai.spnn.forward.elementwise import as_volume
from mai.spnn.graph import Layer
from mai.spnn.quantize.weight_order import from_direct_order, from_image_order
from mai.spnn.simulate.fixed_point import Converter, shifted, usable_ratio
from mai.spnn.simulate.options import SimulateOptions

_EXACT_BELOW = 1 << 24  # every sum of float32 integers under this is exact, in whatever order it is taken
_LARGEST_INPUT = 128
_BLOCK = 1 << 16  # sums that are finished together: half a megabyte as float64


class ConvolutionStep:
    """One quantised Convolution or InnerProduct, made ready for the shape of its input.

    The sums are taken by torch in float32, over so few input channels at a time that no sum can
    reach 2^24 with these weights: they are exact, and as fast as a float network.
    """

    def __init__(self, layer: Layer, options: SimulateOptions) -> None:
        if not layer.int(c.QUANTISED):
            raise SpnnError(f"layer {layer.name!r} was left float by quantize: the board cannot run it")
        self._layer = layer
        self._options = options
        self._convert = Converter.of(layer, 1, options)
        blobs = [blob.data for blob in layer.blobs]
        self._stored, channel_mult = blobs[0], blobs[-1]
        self._channel_factor = torch.from_numpy(channel_mult.astype(np.float64) / CHANNEL_ONE)
        self._bias = torch.from_numpy(_wide_bias(layer, blobs[1], options)) if len(blobs) == 3 else None
        self._weights: list[Tensor] = []

    def __call__(self, q: Tensor) -> Tensor:
        """8-bit outputs for 8-bit inputs, both as float32."""
        if q.ndim == 3:  # two dimensions count as one channel, as for quantize
            q = as_volume(q)
        if not self._weights:
            self._weights = self._prepared(q.shape[1:])
        sums = self._sums(q)
        result = torch.empty(sums.shape)  # contiguous, so that `into` is a view
        rows, into = (x.reshape(*x.shape[:2], -1) for x in (sums, result))
        for block in _blocks(rows.shape):
            into[block] = self._finished(rows[block], block[1])
        return result

    def _finished(self, sums: Tensor, channels: slice) -> Tensor:
        """Channel multipliers, bias and output converter for a block (n, k, pixels) of sums."""
        total = shifted(sums, self._channel_factor[channels, None], self._options.rounding)
        if self._bias is not None:
            total += self._bias[channels, None]
        return self._convert(total)

    def _prepared(self, shape: tuple[int, ...]) -> list[Tensor]:
        """The weights as (k, c, kh, kw), in parts along c; an InnerProduct's kernel is as large as its input."""
        layer, outputs = self._layer, self._layer.int(0)
        if layer.type == "Convolution":
            channels, height, width = shape[0], *kernel_size(layer)
        else:
            channels, height, width = (*shape, 1, 1) if len(shape) == 1 else shape
        order = from_image_order if layer.int(c.IMAGE_ORDER) else from_direct_order
        natural = order(self._stored, (outputs, channels, height, width))
        return _exact_parts(torch.from_numpy(natural.astype(np.float32)))

    def _sums(self, q: Tensor) -> Tensor:
        total: Tensor | None = None
        first = 0
        for weight in self._weights:
            part = q.narrow(1, first, weight.shape[1]).to(weight.dtype)
            first += weight.shape[1]
            sums = self._float_sums(part, weight)
            total = sums if total is None else total.double().add_(sums)
        assert total is not None
        return total

    def _float_sums(self, q: Tensor, weight: Tensor) -> Tensor:
        if self._layer.type == "InnerProduct":
            return F.linear(q.flatten(1), weight.flatten(1))
        return convolve(self._layer, q, weight)


def _blocks(shape: torch.Size) -> Iterator[tuple[slice, slice]]:
    """Parts of (n, k, pixels) that stay in the processor's cache through the eight steps of finishing them."""
    samples, channels, pixels = shape
    at_once = max(1, _BLOCK // max(1, channels * pixels))
    channels_at_once = max(1, min(channels, _BLOCK // max(1, pixels)))
    for n in range(0, samples, at_once):
        for k in range(0, channels, channels_at_once):
            yield slice(n, n + at_once), slice(k, k + channels_at_once)


def _wide_bias(layer: Layer, bias: NDArray[np.int16], options: SimulateOptions) -> NDArray[np.float64]:
    if c.BIAS_MULT not in layer.params and c.BIAS_SHIFT not in layer.params:
        return bias.astype(np.float64)
    factor = ratio_of(*usable_ratio(layer, c.BIAS_MULT, c.BIAS_SHIFT))
    return shifted(torch.from_numpy(bias.astype(np.float64)), factor, options.rounding).numpy()


def _exact_parts(weights: Tensor) -> list[Tensor]:
    """The weights (k, c, kh, kw), whole numbers as float32, cut along c so that no sum of a part can reach 2^24.

    A single channel whose kernel is too large for that comes as float64.
    """
    most = weights.abs().flatten(2).sum(2, dtype=torch.float64) * _LARGEST_INPUT  # what a channel can add to each sum
    reached = most.cumsum(1)
    parts = []
    first, before = 0, torch.zeros_like(most[:, :1])
    while first < weights.shape[1]:
        fitting = int(((reached[:, first:] - before).amax(0) < _EXACT_BELOW).sum())  # they grow along c
        end = first + max(1, fitting)
        part = weights[:, first:end]
        parts.append(part.contiguous() if fitting else part.double())
        first, before = end, reached[:, end - 1 : end]
    return parts
