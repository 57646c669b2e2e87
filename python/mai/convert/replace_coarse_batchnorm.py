"""Replace a separate BatchNorm whose numbers the NPU cannot hold by a Scale, in float on the CPU.

The NPU multiplies by i16(b·128) and adds i16(a/b·s) before that (docs/spnn-format.md §4.4): a factor below 1/128
becomes 0, a small one is wrong by many percent, and a channel with factor 0 loses its constant. This works on
the optimised network, where a BatchNorm behind a convolution has already been folded into it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spnn.format.arithmetic import INT16_MAX
from spnn.format.graph import Blob, Graph, Layer
from spnn.format.values import drop_params, get_float, params_of

ONE = 128
MOST_OFF = 0.02  # relative error of a channel's factor
MOST_BIAS = INT16_MAX / 127  # |a/b| in units of the largest input value


def replace_coarse_batchnorm(optimised: Graph) -> tuple[Graph, list[str]]:
    """A new graph, and the names of the layers replaced."""
    graph = optimised.copy()
    replaced = []
    for layer in graph.layers:
        if layer.type != "BatchNorm":
            continue
        factor, shift = terms(layer)
        if _fits(factor, shift):
            continue
        drop_params(layer, "channels", "eps")
        layer.type = "Scale"
        layer.params |= params_of("Scale", scale_data_size=len(factor), bias_term=1)
        layer.blobs = [Blob.raw(factor), Blob.raw(shift)]
        replaced.append(layer.name)
    return graph, replaced


def terms(layer: Layer) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """y = factor·x + shift, per channel (docs/spnn-format.md §3.2)."""
    slope, mean, variance, bias = (np.asarray(blob.values, np.float64) for blob in layer.blobs)
    deviation = np.sqrt(variance + get_float(layer, "eps"))
    return (slope / deviation).astype(np.float32), (bias - slope * mean / deviation).astype(np.float32)


def _fits(factor: NDArray[np.float32], shift: NDArray[np.float32]) -> bool:
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = factor.astype(np.float64) * ONE
        off = np.abs(np.round(exact) / exact - 1)
        before = np.abs(shift / factor)
    return bool((off <= MOST_OFF).all() and (np.abs(exact) <= INT16_MAX).all() and (before <= MOST_BIAS).all())
