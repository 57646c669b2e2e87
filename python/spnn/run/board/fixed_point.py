"""Apply the NPU's output converters to tensors: multiply, shift right, round, saturate.

Integers are stored as floating point, in which all of this is exact: 8-bit values as float32, wider ones
(a sum times a 16-bit multiplier needs up to 43 bits) as float64. A shift is a division by a power of two.
To round halves away from zero, values are multiplied by 1 + 2^-40 before rounding to nearest. That pushes a
half over the border and nothing else, because values are multiples of 2^-15 and below 2^27 (or will be
saturated). The factor is part of the multiplier, so it costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.constants import INT_MIN
from spnn.format.graph import Layer
from spnn.format.values import get_int
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
        """8-bit integers as float32 from integers of any width."""
        scaled = shifted(values, self.mult * 2.0**-self.shift, self.options.rounding)
        return saturated(scaled, self.options).float()

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
    product = values.to(torch.float64, copy=True)
    if rounding == "half_away":
        return product.mul_(factor * _PUSH).round_()
    product.mul_(factor)
    return product.add_(0.5).floor_() if rounding == "half_up" else product.floor_()


def saturated(values: Tensor, options: SimulateOptions) -> Tensor:
    """Clamp to 8 bits, in place."""
    return values.clamp_(options.saturate_min, INT8_MAX)


def quantised(x: Tensor, scale: float, options: SimulateOptions) -> Tensor:
    """8-bit integers (as float32) for real numbers: round(x * scale), halves away from zero."""
    product = torch.mul(x, scale).double().mul_(_PUSH).round_()
    return saturated(product.nan_to_num_(0.0), options).float()  # 0 times an infinite scale


def dequantised(q: Tensor, scale: float) -> Tensor:
    """Real numbers for 8-bit integers: q / scale."""
    return q / scale
