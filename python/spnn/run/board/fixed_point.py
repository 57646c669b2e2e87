"""Apply the NPU's output converters to tensors: multiply, shift right, round, saturate.

8-bit values are stored as int8 and computed in float64, in which all of this is exact (a sum times a 16-bit
multiplier needs up to 43 bits). A shift is a division by a power of two.
To round halves away from zero, values are multiplied by 1 + 2^-40 before rounding to nearest. That pushes a
half over the border and nothing else, because values are multiples of 2^-15 and below 2^27 (or will be
saturated). The factor is part of the multiplier, so it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.constants import INT_MIN
from spnn.format.graph import Layer
from spnn.format.values import get_int
from spnn.run.board.blocks import to_bytes
from spnn.run.board.options import Rounding, SimulateOptions

INT8_MAX = 127
_PUSH = 1.0 + 2.0**-40


@dataclass(frozen=True, slots=True)
class Converter:
    """out = v * mult >> shift, as the layer's `output_mult` and `output_shift` say, rounded and saturated to 8 bits."""

    mult: int
    shift: int
    options: SimulateOptions

    @staticmethod
    def of(layer: Layer, options: SimulateOptions) -> Converter:
        """The output converter of a layer."""
        return Converter(*usable_ratio(layer, "output_mult", "output_shift"), options)

    def __call__(self, values: Tensor) -> Tensor:
        """8-bit integers (int8) from integers of any width."""
        return to_bytes(self.in_place(), values)

    def in_place(self) -> Callable[[Tensor], Tensor]:
        """The same for float64, in place."""
        multiply, lowest = shifter(self.mult * 2.0**-self.shift, self.options.rounding), self.options.saturate_min
        return lambda wide: multiply(wide).clamp_(lowest, INT8_MAX)

    @property
    def keeps_bytes(self) -> bool:
        """Whether every 8-bit value comes out as it went in: 32767 >> 15 does, if the shift rounds."""
        return (self.mult, self.shift) == (32767, 15) and self.options.rounding != "floor"


def usable_ratio(layer: Layer, mult_name: str, shift_name: str) -> tuple[int, int]:
    """A multiplier and its shift. Raises SpnnError where a scale of 0 or infinity has made them INT_MIN."""
    mult, shift = get_int(layer, mult_name), get_int(layer, shift_name)
    if INT_MIN in (mult, shift):
        raise SpnnError(
            f"layer {layer.name!r}: multiplier {mult} with shift {shift} comes from a scale of 0 or infinity: "
            "calibrate the network again"
        )
    return mult, shift


def shifted(values: Tensor, factor: float | Tensor, rounding: Rounding) -> Tensor:
    """round(values * factor) as float64; `factor` is a multiplier over a power of two."""
    return shifter(factor, rounding)(values.to(torch.float64, copy=True))


def shifter(factor: float | Tensor, rounding: Rounding) -> Callable[[Tensor], Tensor]:
    """The same for float64, in place."""
    if rounding == "half_away":
        pushed = factor * _PUSH
        return lambda wide: wide.mul_(pushed).round_()
    if rounding == "half_up":
        return lambda wide: wide.mul_(factor).add_(0.5).floor_()
    return lambda wide: wide.mul_(factor).floor_()


def quantised(x: Tensor, scale: float, options: SimulateOptions) -> Tensor:
    """8-bit integers (int8) for real numbers: round(x * scale), halves away from zero."""
    product = torch.mul(x, scale).nan_to_num_(0.0)  # rounded to float32; 0 times an infinite scale is no number
    return to_bytes(lambda wide: wide.mul_(_PUSH).round_().clamp_(options.saturate_min, INT8_MAX), product)


def dequantised(q: Tensor, scale: float) -> Tensor:
    """Real numbers (float32) for 8-bit integers: q / scale."""
    return q / scale
