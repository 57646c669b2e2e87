"""Run a float network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from spnn.format.graph import Graph, Layer
from spnn.run.float import kernels  # noqa: F401  (registers every layer type)
from spnn.run.float.registry import compute
from spnn.run.float.walk import Inputs, Keep, walk_with, wanted_blobs


def run_float(graph: Graph, inputs: Inputs, keep: Keep = None) -> dict[str, NDArray[np.float32]]:
    """Blobs of a float network for a batch of inputs.

    `inputs`: float32 (n, c, h, w) for the only Input layer, or one array per input blob. Every
    blob comes back with the batch in front: (n, w), (n, h, w) or (n, c, h, w). `keep` names the
    blobs wanted, or is "all"; None means the network's outputs.
    Raises SpnnError with the layer's name where the network cannot be run.
    """
    wanted = wanted_blobs(graph, keep)
    return {
        name: np.ascontiguousarray(top.numpy())
        for layer, tops in walk(graph, inputs)
        for name, top in zip(layer.tops, tops, strict=True)
        if name in wanted
    }


def walk(graph: Graph, inputs: Inputs) -> Iterator[tuple[Layer, list[Tensor]]]:
    """Every layer in order with its tops, float32 with the batch in front. The tops must not be written to."""
    return walk_with(graph, inputs, compute)
