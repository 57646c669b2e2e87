"""Choose the parameters that the tool writes for a layer: in its order, without defaults (docs/spnn-format.md §1.1)."""

from __future__ import annotations

from typing import Literal

from spnn.format.cells import Value, format_e, format_f, parse_float32
from spnn.format.graph import Layer
from spnn.format.layer_type import Param
from spnn.format.layers import LAYER_TYPES
from spnn.format.values import default_float, default_int, get_float, get_floats, get_int, get_ints, params_of


def written_params(layer: Layer, stage: Literal["optimised", "int8"]) -> dict[int, Value]:
    """What optimize (or quantize) writes of the layer's own parameters.

    Floats are rounded to what their text says, so that a graph in memory equals the one
    that is read back from its file.
    """
    kind = LAYER_TYPES[layer.type]
    if stage == "int8" and not kind.int8_params:
        return {}
    written: dict[int, Value] = {}
    for param in kind.params:
        if stage == "int8" and param.opt_only:
            continue
        value = _value(layer, param)
        if value is not None:
            written[param.id] = _rounded(value, stage)
    if layer.type == "Softmax" and get_int(layer, "axis") != 0:
        written |= params_of("Softmax", fixbug0=1)
    return written


def _value(layer: Layer, param: Param) -> Value | None:
    if param.is_array:
        return (get_ints if param.kind == "ints" else get_floats)(layer, param.name) or None
    if param.kind == "float":
        number = get_float(layer, param.name)
        return number if number != default_float(param) else None
    whole = get_int(layer, param.name)
    return whole if whole != default_int(layer, param) else None


def _rounded(value: Value, stage: Literal["optimised", "int8"]) -> Value:
    if isinstance(value, tuple):
        return tuple(_rounded_cell(cell, stage) for cell in value)
    return _rounded_cell(value, stage)


def _rounded_cell(cell: int | float, stage: Literal["optimised", "int8"]) -> int | float:
    if isinstance(cell, float):
        return parse_float32((format_e if stage == "optimised" else format_f)(cell))
    return cell
