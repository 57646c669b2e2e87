"""Run Convolution and InnerProduct in integers: sums, channel multipliers, bias, output converter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.arithmetic import CHANNEL_ONE, ratio_of
from spnn.format.graph import Layer
from spnn.format.values import get_int, has_param
from spnn.format.weight_order import from_direct_order, from_image_order
from spnn.run.board.blocks import rows_to_bytes
from spnn.run.board.fixed_point import Converter, shifted, shifter, usable_ratio
from spnn.run.board.float_sums import FloatSums
from spnn.run.board.int8_sums import Int8Sums
from spnn.run.board.options import SimulateOptions
from spnn.run.float.convolution import kernel_size
from spnn.run.float.elementwise import as_volume


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
        """8-bit outputs for 8-bit inputs."""
        if q.ndim == 3:  # two dimensions count as one channel, as for quantize
            q = as_volume(q)
        if self._sums is None:
            self._sums = self._prepared(q.shape[1:])
        return rows_to_bytes(self._finish, self._sums(q))

    def _finish(self, channels: slice) -> Callable[[Tensor], object]:
        """Channel multipliers, bias and output converter for blocks (n, k, pixels) of sums of these channels."""
        multiply = shifter(self._channel_factor[channels, None], self._options.rounding)
        bias = None if self._bias is None else self._bias[channels, None]
        convert = self._convert.in_place()

        def finish(sums: Tensor) -> None:
            multiply(sums)
            if bias is not None:
                sums.add_(bias)
            convert(sums)

        return finish

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


def _wide_bias(layer: Layer, bias: NDArray[np.int16], options: SimulateOptions) -> NDArray[np.float64]:
    if not (has_param(layer, "bias_mult") or has_param(layer, "bias_shift")):
        return bias.astype(np.float64)
    factor = ratio_of(*usable_ratio(layer, "bias_mult", "bias_shift"))
    return shifted(torch.from_numpy(bias.astype(np.float64)), factor, options.rounding).numpy()
