"""Parameters by name, with their defaults (docs/spnn-format.md § Appendix)."""

from __future__ import annotations

import numpy as np

from spnn.format.graph import Layer
from spnn.format.layers import LAYER_TYPES, Param


def get_int(layer: Layer, name: str) -> int:
    """An int parameter, its default where it is not given."""
    param = LAYER_TYPES[layer.type].by_name[name]
    return layer.int(param.id, default_int(layer, param))


def get_float(layer: Layer, name: str) -> float:
    """A float parameter, its default where it is not given."""
    param = LAYER_TYPES[layer.type].by_name[name]
    return layer.float(param.id, default_float(param))


def default_int(layer: Layer, param: Param) -> int:
    """The value an int parameter has when it is absent: a number, or another parameter's value."""
    return get_int(layer, param.default) if isinstance(param.default, str) else int(param.default)


def default_float(param: Param) -> float:
    """The float32 that a float parameter is when it is absent."""
    return float(np.float32(param.default))
