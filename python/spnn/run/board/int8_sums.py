"""Compute a convolution's sums with the processor's instructions for 8-bit integers.

Every window of the input becomes a row of a matrix, and torch multiplies it by the weights into 32-bit
integers. This is exact, and three to eight times as fast as in float32 (tools/bench/records/conversion.jsonl).
Processors without such instructions are slow or wrong (AVX2 and AVX-512 alone saturate at 16 bits); they
compute the sums in float32 (spnn.run.board.float_sums).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spnn.format.graph import Layer
from spnn.format.values import get_float
from spnn.run.float.convolution import dilation, kernel_size, pad_for_convolution, stride

_MOST_TERMS = (2**31 - 1) // (128 * 128)  # of a sum that 32 bits hold for certain


class Int8Sums:
    """Sums of one layer: int8 (n, c, h, w) → int32 (n, k, h, w), in memory channels last.

    An InnerProduct takes any shape and gives (n, k).
    """

    def __init__(self, layer: Layer, weights: NDArray[np.int8]) -> None:
        """`weights`: (k, c, kh, kw)."""
        self._layer = layer
        # As rows of a window, x and c innermost: one stretch of memory where the input is channels last.
        rows = weights if layer.type == "InnerProduct" else weights.transpose(0, 2, 3, 1)
        self._weights = torch.from_numpy(np.require(rows.reshape(len(weights), -1), requirements=["C", "W"])).t()

    @staticmethod
    def suits(layer: Layer, weights: NDArray[np.int8]) -> bool:
        """Whether this layer can be computed so, on this processor."""
        plain = layer.type == "InnerProduct" or get_float(layer, "pad_value") == 0
        return plain and weights[0].size <= _MOST_TERMS and multiplies_int8()

    def __call__(self, q: Tensor) -> Tensor:
        if self._layer.type == "InnerProduct":
            return torch._int_mm(q.flatten(1), self._weights)
        windows = self._windows(q)
        sums = torch._int_mm(windows.flatten(3).flatten(0, 2), self._weights)
        return sums.view(*windows.shape[:3], -1).permute(0, 3, 1, 2)

    def _windows(self, q: Tensor) -> Tensor:
        """(n, height, width, window…) int8; a view of the padded input."""
        x = pad_for_convolution(self._layer, q).permute(0, 2, 3, 1).contiguous()
        (kernel_height, kernel_width), (down, across) = kernel_size(self._layer), stride(self._layer)
        dy, dx = dilation(self._layer)
        count, height, width, channels = x.shape
        rows = (height - (kernel_height - 1) * dy - 1) // down + 1
        columns = (width - (kernel_width - 1) * dx - 1) // across + 1
        if min(rows, columns, dy, dx) < 1:
            kernel = f"a kernel of {kernel_height} x {kernel_width}, dilation {dy} x {dx},"
            raise ValueError(f"{kernel} does not fit into {height} x {width}")
        line, photo = width * channels, height * width * channels
        inner: tuple[int, ...]
        steps: tuple[int, ...]
        if dx == 1:  # a row of the kernel lies in one stretch
            inner, steps = (kernel_height, kernel_width * channels), (dy * line, 1)
        else:
            inner, steps = (kernel_height, kernel_width, channels), (dy * line, dx * channels, 1)
        return x.as_strided((count, rows, columns, *inner), (photo, down * line, across * channels, *steps))


@cache
def multiplies_int8() -> bool:
    """Whether this processor has the instructions, and torch uses them: the largest sums come out right."""
    if not torch.cpu._is_vnni_supported():
        return False
    ends = torch.tensor([-128, 127], dtype=torch.int8).repeat(8)
    rows, columns = ends[:, None].expand(16, 64).contiguous(), ends.expand(64, 16).contiguous()
    return torch.equal(torch._int_mm(rows, columns).double(), rows.double() @ columns.double())
