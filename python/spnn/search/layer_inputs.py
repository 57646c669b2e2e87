"""Collect inputs of a convolution: a few hundred of its windows over the calibration photos."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from spnn.calibrate.statistics import Samples
from spnn.format.graph import Graph, Layer
from spnn.run.float import walk
from spnn.run.float.convolution import dilation, kernel_size, pad_for_convolution, stride

WINDOWS = 512
_WEIGHTED = ("Convolution", "InnerProduct")


def layer_inputs(graph: Graph, samples: Samples, seed: int = 0) -> Iterator[tuple[Layer, Tensor]]:
    """Every Convolution and InnerProduct with float32 (windows, weights per output) of its inputs."""
    rng = np.random.default_rng(seed)
    read_by = {layer.bottoms[0]: layer for layer in graph.layers if layer.type in _WEIGHTED}
    batch = np.stack([np.asarray(sample, np.float32) for sample in samples])
    for layer, tops in walk(graph, batch):
        for name, top in zip(layer.tops, tops, strict=True):
            reader = read_by.get(name)
            if reader is not None:
                yield reader, _windows(reader, top, rng)


def _windows(layer: Layer, x: Tensor, rng: np.random.Generator) -> Tensor:
    if layer.type == "InnerProduct" or x.ndim == 2:
        return x.flatten(1)
    padded = pad_for_convolution(layer, x)
    (height, width), (down, across) = kernel_size(layer), stride(layer)
    reach = [(size - extent) // step for size, extent, step in
             zip(padded.shape[2:], _extents(layer), (down, across), strict=True)]  # fmt: skip
    photo, top, left = (
        torch.from_numpy(rng.integers(0, limit, WINDOWS)) for limit in (padded.shape[0], reach[0] + 1, reach[1] + 1)
    )
    dy, dx = dilation(layer)
    rows = (top * down)[:, None, None] + (torch.arange(height) * dy)[:, None]
    columns = (left * across)[:, None, None] + torch.arange(width) * dx
    windows = padded[photo[:, None, None], :, rows, columns]  # (windows, height, width, channels)
    return windows.permute(0, 3, 1, 2).reshape(WINDOWS, -1)


def _extents(layer: Layer) -> list[int]:
    return [(size - 1) * step + 1 for size, step in zip(kernel_size(layer), dilation(layer), strict=True)]
