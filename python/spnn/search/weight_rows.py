"""Choose the scales of the weights that give the best output of a layer.

The NPU converts all channels to the smallest scale, with multipliers in which 1024 means 1
(docs/spnn-format.md §4.2). A channel whose scale is 1024 / m times the smallest one, with a whole number m, loses
nothing there, while 127 / max|w| loses up to half of 1 / m. Several such m round the weights in different ways; we
take the one whose roundings cancel best over the layer's real inputs. For the 27 weights of a first convolution
that is most of the error. For thousands of weights it averages out by itself, so the effort per layer is limited.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spnn.calibrate.statistics import Samples
from spnn.calibrate.weight_rows import row_of, weight_scales
from spnn.format.arithmetic import CHANNEL_ONE
from spnn.format.constants import FLT_MAX
from spnn.format.graph import Graph, Layer
from spnn.format.values import get_int
from spnn.run.float.registry import weights
from spnn.search.layer_inputs import layer_inputs

INT8_MAX = 127
_CUT = 0.25 / INT8_MAX
"""The largest weight may exceed 127 steps by a quarter of a step."""
_COARSER = 1.25
"""How much resolution a channel may give up for a better rounding."""
_MOST_CANDIDATES, _FEWEST_CANDIDATES = 32, 4
_WORK = 1 << 22
"""Weights times candidates tried in a layer."""


def snapped_rows(graph: Graph) -> dict[str, NDArray[np.float32]]:
    """Rows whose channel multipliers are exact, nothing else changed."""
    rows = weight_scales(graph)
    for layer in graph.layers:
        if layer.type in ("Convolution", "InnerProduct"):
            row = torch.from_numpy(_without_zeros(row_of(layer))).double()
            mults = _fewest(row, row.min())
            mults[row.argmin()] = CHANNEL_ONE
            rows[layer.name] = _row(row.min(), mults)
    return rows


def searched_rows(graph: Graph, samples: Samples) -> dict[str, NDArray[np.float32]]:
    """Like snapped_rows, but each channel is rounded so that its output error is least for these inputs."""
    rows = snapped_rows(graph)
    activations = {user.bottoms[0] for user in graph.layers if user.type in ("ReLU", "Clip")}
    for layer, inputs in layer_inputs(graph, samples):
        candidates = min(_MOST_CANDIDATES, _WORK // max(1, layer.blobs[0].data.size))
        if candidates >= _FEWEST_CANDIDATES:
            with torch.inference_mode():
                rows[layer.name] = _searched(layer, inputs, layer.tops[0] in activations, candidates)
    return rows


def _searched(layer: Layer, inputs: Tensor, activated: bool, candidates: int) -> NDArray[np.float32]:
    weight = weights(layer, 0).reshape(get_int(layer, "num_output"), -1)
    row = torch.from_numpy(_without_zeros(row_of(layer)))
    counted = _counted(layer, inputs, weight, activated)
    # The channel with the largest weights has the smallest scale, to which the others are brought.
    widest = int(row.argmin())
    own = slice(widest, widest + 1)
    choices = row[own] * torch.linspace(1, 1 / (1 + (_COARSER - 1) / 2), _MOST_CANDIDATES)
    errors = [_error(weight[own], scale[None], inputs, counted[:, own]).item() for scale in choices]
    smallest = choices[int(np.argmin(errors))].double()

    fewest = _fewest(row.double(), smallest)
    most = (fewest * _COARSER).ceil().clamp(max=CHANNEL_ONE)
    best, least = fewest.clone(), torch.full_like(fewest, torch.inf)
    for step in torch.linspace(0, 1, candidates).tolist():
        mults = (fewest + (most - fewest) * step).round()
        error = _error(weight, (smallest * CHANNEL_ONE / mults).float(), inputs, counted).double()
        better = error < least
        best, least = torch.where(better, mults, best), torch.where(better, error, least)
    best[widest] = CHANNEL_ONE
    return _row(smallest, best)


def _error(weight: Tensor, scale: Tensor, inputs: Tensor, counted: Tensor) -> Tensor:
    """Mean squared error of every output when its weights are rounded at its scale."""
    scale = scale[:, None]
    off = weight.mul(scale).round_().clamp_(-INT8_MAX, INT8_MAX).div_(scale).sub_(weight)
    return (inputs @ off.T).square_().mul_(counted).mean(0)


def _counted(layer: Layer, inputs: Tensor, weight: Tensor, activated: bool) -> Tensor:
    """1 for every window and output that matters: behind a ReLU only what is positive."""
    if not activated:
        return torch.ones(1, len(weight))
    outputs = inputs @ weight.T
    if len(layer.blobs) > 1:
        outputs += weights(layer, 1)
    return (outputs > 0).float()


def _fewest(row: Tensor, smallest: Tensor) -> Tensor:
    """The smallest channel multipliers that cut (next to) nothing off."""
    return (CHANNEL_ONE * smallest / row * (1 - _CUT)).ceil().clamp(1, CHANNEL_ONE)


def _row(smallest: Tensor, mults: Tensor) -> NDArray[np.float32]:
    return (smallest * CHANNEL_ONE / mults).numpy().astype(np.float32)


def _without_zeros(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """A channel without any weight takes the smallest scale of the others: its sums are 0 at every scale."""
    empty = row >= np.float32(FLT_MAX)
    filler = row[~empty].min() if not empty.all() else np.float32(INT8_MAX)
    return np.where(empty, filler, row)
