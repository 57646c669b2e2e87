"""Compute the scales of the weights, one per output channel (docs/spnn-format.md §5.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spnn.format.constants import FLT_MAX
from spnn.format.graph import Graph, Layer
from spnn.format.values import get_int

INT8_MAX = np.float32(127)
QUANTISED_TYPES = ("Convolution", "ConvolutionDepthWise", "InnerProduct")


def weight_scales(graph: Graph) -> dict[str, NDArray[np.float32]]:
    """127 / max|w| for every output channel (every group of a grouped convolution), in layer order."""
    return {layer.name: row_of(layer) for layer in graph.layers if layer.type in QUANTISED_TYPES}


def row_of(layer: Layer) -> NDArray[np.float32]:
    """The row of one layer. A channel without any weight but 0 gets FLT_MAX; the division itself is never guarded."""
    rows = get_int(layer, "group" if layer.type == "ConvolutionDepthWise" else "num_output")
    largest = np.abs(layer.blobs[0].values.reshape(rows, -1)).max(axis=1)
    with np.errstate(divide="ignore", over="ignore"):
        return np.where(largest == 0, np.float32(FLT_MAX), INT8_MAX / largest)
