"""Replace Clip(0, m) behind an NPU layer by ReLU, because the saturation of int8 does the clipping.

A Clip runs on the board's slow CPU, a ReLU on its NPU. This works on the optimised network, when its scales
are known and before `quantize`. With 127 / scale ≤ m, 8 bits cannot hold a value above m, so the result is
exact; a scale that leaves room above m is raised to 127 / m.
"""

from __future__ import annotations

import numpy as np
from spnn.format.constants import FLT_MAX
from spnn.format.graph import Graph
from spnn.format.npu import runs_on_npu
from spnn.format.table import Table
from spnn.format.values import drop_params, get_float

INT8_MAX = np.float32(127)


def replace_clip_with_relu(graph: Graph, table: Table) -> tuple[Graph, Table, list[str]]:
    """New graph and table, and the names of the layers replaced; the arguments are not changed."""
    graph, table = graph.copy(), table.copy()
    makers = graph.producers()
    replaced = []
    for layer in graph.layers:
        if layer.type != "Clip" or get_float(layer, "min") != 0 or not runs_on_npu(makers[layer.bottoms[0]]):
            continue
        highest = np.float32(get_float(layer, "max"))
        if not 0 < highest < FLT_MAX:
            continue
        drop_params(layer, "min", "max")
        layer.type = "ReLU"
        (top,) = layer.tops
        table.blob_scales[top] = float(max(table.scale(top), INT8_MAX / highest))
        replaced.append(layer.name)
    return graph, table, replaced
