"""Check the scales before `quantize` and its integers afterwards; refuse by name the layers that cannot work.

A scale of 0 or infinity makes multipliers of INT_MIN. A convolution without a row of scales stays in float, and so
do all later ones (docs/spnn-format.md §4.2). `quantize` only logs these and continues.
"""

from __future__ import annotations

import numpy as np
from spnn.format.arithmetic import INT16_MAX
from spnn.format.constants import FLT_MAX
from spnn.format.graph import Graph
from spnn.format.npu import runs_on_npu
from spnn.format.table import Table
from spnn.format.values import get_floats, get_int

from mai.convert.refuse import refuse

WEIGHTED = ("Convolution", "InnerProduct")
NO_MULTIPLIER = ("Input", "Split", "Concat")
MOST_SHIFT = 31
ADVICE = "train the network again, with more photos or a smaller learning_rate"


def check_table(graph: Graph, table: Table) -> None:
    """Raises MaiError `layer_unsupported` for the first layer that lacks a usable scale."""
    users = {name for layer in graph.layers if runs_on_npu(layer) for name in (*layer.bottoms, *layer.tops)}
    for layer in graph.layers:
        for top in layer.tops:
            scale = float(table.scale(top))
            if top in users and not (np.isfinite(scale) and scale > 0):
                raise refuse(layer, f"its result is always zero or never measured (scale {scale:g})", ADVICE)
        if layer.type in WEIGHTED:
            row, outputs = table.weight_scales.get(layer.name), get_int(layer, "num_output")
            if row is None or len(row) != outputs:
                found = 0 if row is None else len(row)
                raise refuse(layer, f"it has {found} weight scales in place of {outputs}", ADVICE)
            if not (np.isfinite(row).all() and (row > 0).all() and row.min() < np.float32(FLT_MAX)):
                raise refuse(layer, "all of its weights are zero", ADVICE)


def check_int8(graph: Graph) -> None:
    """Raises MaiError `layer_unsupported` for the first layer whose integers cannot work."""
    for layer in graph.layers:
        if not layer.on_npu or layer.type in NO_MULTIPLIER:
            continue
        if get_int(layer, "quantised") != 1:
            raise refuse(layer, "it could not be quantised", ADVICE)
        mult, shift = get_int(layer, "output_mult"), get_int(layer, "output_shift")
        if not (0 < mult <= INT16_MAX and 0 <= shift <= MOST_SHIFT):
            raise refuse(layer, f"its output multiplier is {mult} >> {shift}", ADVICE)
        for scale in get_floats(layer, "scales"):
            if not (np.isfinite(scale) and scale > 0):
                raise refuse(layer, f"its scale is {scale:g}", ADVICE)
