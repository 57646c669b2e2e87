"""Give all inputs of a Concat on the NPU the scale of its output, also through nested Concats.

The NPU only copies 8-bit numbers there. `calibrate` goes in layer order, so the inputs of an inner Concat
keep an old scale, and the board would join numbers of different scales.
"""

from __future__ import annotations

from spnn.format.graph import Graph
from spnn.format.npu import runs_on_npu
from spnn.format.table import Table


def tie_concat_scales(graph: Graph, table: Table) -> tuple[Table, list[str]]:
    """A table with every input tied, last Concat first, and the names of the blobs that were changed."""
    table = table.copy()
    changed = []
    for layer in reversed(graph.layers):
        if layer.type != "Concat" or not runs_on_npu(layer):
            continue
        scale = float(table.scale(layer.tops[0]))
        for bottom in layer.bottoms:
            if float(table.scale(bottom)) != scale:
                table.blob_scales[bottom] = scale
                changed.append(bottom)
    return table, changed
