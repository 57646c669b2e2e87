"""Find the shapes of all blobs by running the network once with an empty picture."""

from __future__ import annotations

import numpy as np
from spnn.format.graph import Graph
from spnn.format.values import get_int
from spnn.run.float import walk

Shape = tuple[int, ...]  # (n,), (h, w) or (c, h, w), as ncnn's one to three dimensions


def blob_shapes(graph: Graph) -> dict[str, Shape]:
    """Blob name → shape. The Input must have its shape. Raises SpnnError where a layer cannot be run."""
    picture = np.zeros(input_size(graph), np.float32)
    return {
        name: tuple(top.shape[1:])
        for layer, tops in walk(graph, picture)
        for name, top in zip(layer.tops, tops, strict=True)
    }


def input_size(graph: Graph) -> Shape:
    """(1, channels, height, width) of the one Input, as it says itself."""
    (source,) = graph.inputs()
    return (1, *(get_int(source, name) for name in ("ic", "ih", "iw")))
