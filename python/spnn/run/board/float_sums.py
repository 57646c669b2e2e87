"""Compute a convolution's sums with torch in float32, on any processor.

Each step uses so few input channels that no sum can reach 2^24 with these weights. So the sums are exact,
and as fast as those of a float network.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from spnn.format.graph import Layer
from spnn.run.float.convolution import convolve

_EXACT_BELOW = 1 << 24  # every sum of float32 integers under this is exact, in whatever order it is taken
_LARGEST_INPUT = 128


class FloatSums:
    """Sums of one layer: int8 (n, c, h, w) → float32 or float64 (n, k, h, w), contiguous.

    An InnerProduct takes any shape and gives (n, k).
    """

    def __init__(self, layer: Layer, weights: NDArray[np.int8]) -> None:
        """`weights`: (k, c, kh, kw)."""
        self._layer = layer
        self._parts = _exact_parts(torch.from_numpy(weights.astype(np.float32)))

    def __call__(self, q: Tensor) -> Tensor:
        total: Tensor | None = None
        first = 0
        for weight in self._parts:
            part = q.narrow(1, first, weight.shape[1]).to(weight.dtype)
            first += weight.shape[1]
            sums = self._part(part, weight)
            total = sums if total is None else total.double().add_(sums)
        assert total is not None
        return total

    def _part(self, q: Tensor, weight: Tensor) -> Tensor:
        if self._layer.type == "InnerProduct":
            return F.linear(q.flatten(1), weight.flatten(1))
        return convolve(self._layer, q, weight).contiguous()


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
