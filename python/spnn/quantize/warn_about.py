"""Warn about things that quantize does silently."""

from __future__ import annotations

from spnn.format.cells import Value
from spnn.format.graph import Layer
from spnn.format.layers import LAYER_TYPES
from spnn.format.written_params import written_params
from spnn.quantize.state import State

_NOTICEABLE = 1e-3  # relative change of a parameter through %f


def warn_about_lost_params(state: State, layer: Layer) -> None:
    """Parameters that quantize never writes (docs/spnn-format.md §1.1), or that six decimals cannot hold."""
    before, after = written_params(layer, "optimised"), written_params(layer, "int8")
    folded = layer.type == "Eltwise" and len(layer.bottoms) <= 2
    names = {param.id: param.name for param in LAYER_TYPES[layer.type].params}
    for key, value in before.items():
        if key not in after:
            if not folded:
                msg = f"its parameter {names.get(key, key)} is never written"
                state.log.warn("parameter_dropped", layer.name, msg)
        elif layer.type != "ReLU" and _changes(value, after[key]):  # a ReLU's slope goes into the weights
            msg = f"its parameter {names[key]} is {value:g} and is written as {after[key]:f}"
            state.log.warn("parameter_rounded", layer.name, msg)


def warn_about_concat(state: State, layer: Layer) -> None:
    """A Concat copies: its inputs must have its output's scale already (docs/spnn-format.md §4.7)."""
    scale = state.table.scale(layer.tops[0])
    for bottom in layer.bottoms:
        if state.table.scale(bottom) != scale:
            msg = f"input {bottom} has the scale {state.table.scale(bottom):f}, the output {scale:f}: the copy is wrong"
            state.log.warn("concat_scale", layer.name, msg)


def _changes(before: Value, after: Value) -> bool:
    if not isinstance(before, float) or not isinstance(after, float):
        return False
    return abs(before - after) > _NOTICEABLE * abs(before)
