"""Insert a Quantize layer behind each Split output that has its own scale (docs/spnn-format.md §4.5)."""

from __future__ import annotations

import numpy as np

from spnn.format.cells import Value, format_f, parse_float32
from spnn.format.graph import Layer
from spnn.format.values import set_param
from spnn.quantize.state import State

_SUFFIX = "_cvt"


def convert_outputs(state: State, split: Layer) -> list[tuple[Layer, dict[str, Value]]]:
    """Rename such outputs of `split`; returns the Quantize layers to insert behind it, and their int8 parameters."""
    source = state.scale(split, split.bottoms[0])
    inserted: list[tuple[Layer, dict[str, Value]]] = []
    for place, top in enumerate(split.tops):
        scale = state.scale(split, top)
        if scale == source:
            continue
        split.tops[place] = top + _SUFFIX
        layer = Layer("Quantize", split.name + _SUFFIX, [top + _SUFFIX], [top])
        if scale != 1:
            set_param(layer, "scale", parse_float32(format_f(float(scale))))
        with np.errstate(all="ignore"):
            mult, shift = state.ratio(layer, scale / source)
        inserted.append((layer, {"quantised": 1, "output_mult": mult, "output_shift": shift}))
    return inserted
