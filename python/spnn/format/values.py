"""Read and change a layer's parameters by name, with the defaults of the format.

The names come from the layer types (layers.py), and from what the tools and pnnx add to them
(added_params.py). A name that the layer's type does not have is a bug in our program, and raises.
"""

from __future__ import annotations

import numpy as np

from spnn.format.added_params import LATER_PARAMS, tool_params
from spnn.format.cells import Value, as_float, as_int
from spnn.format.graph import Layer
from spnn.format.layer_type import Param
from spnn.format.layers import LAYER_TYPES

PARAMS: dict[str, dict[str, Param]] = {
    name: {param.name: param for param in (*kind.params, *tool_params(name), *LATER_PARAMS.get(name, ()))}
    for name, kind in LAYER_TYPES.items()
}
"""Layer type → name → parameter."""


class UnknownParamError(LookupError):
    """The program asks for a parameter that layers of this type do not have."""


def find_param(layer_type: str, name: str) -> Param:
    """The parameter `name` of a layer type. Raises UnknownParamError."""
    known = PARAMS.get(layer_type)
    if known is None:
        raise UnknownParamError(f"the format has no layer of type {layer_type}, so no parameter {name!r} of it")
    if name not in known:
        raise UnknownParamError(f"a layer of type {layer_type} has no parameter {name!r}: it has {', '.join(known)}")
    return known[name]


def get_int(layer: Layer, name: str) -> int:
    """A parameter as int32, its default where it is not given; an array there reads as 0."""
    param = find_param(layer.type, name)
    value = layer.params.get(param.id)
    if value is None:
        return default_int(layer, param)
    return 0 if isinstance(value, tuple) else as_int(value)


def get_float(layer: Layer, name: str) -> float:
    """A parameter as float32, its default where it is not given; an array there reads as 0."""
    param = find_param(layer.type, name)
    value = layer.params.get(param.id)
    if value is None:
        return default_float(param)
    return 0.0 if isinstance(value, tuple) else as_float(value)


def get_ints(layer: Layer, name: str) -> tuple[int, ...]:
    """An array as int32; () where it is not given."""
    return tuple(as_int(cell) for cell in _array(layer, name))


def get_floats(layer: Layer, name: str) -> tuple[float, ...]:
    """An array as float32; () where it is not given."""
    return tuple(as_float(cell) for cell in _array(layer, name))


def has_param(layer: Layer, name: str) -> bool:
    """Whether the parameter is given."""
    return find_param(layer.type, name).id in layer.params


def set_param(layer: Layer, name: str, value: Value) -> None:
    """Give a parameter a value."""
    layer.params[find_param(layer.type, name).id] = value


def drop_params(layer: Layer, *names: str) -> None:
    """Take parameters out, so that they have their defaults."""
    for name in names:
        layer.params.pop(find_param(layer.type, name).id, None)


def params_of(layer_type: str, **values: Value) -> dict[int, Value]:
    """The `params` of a new layer of this type, in the order given."""
    return {find_param(layer_type, name).id: value for name, value in values.items()}


def default_int(layer: Layer, param: Param) -> int:
    """The value an int parameter has when it is absent: a number, or another parameter's value."""
    return get_int(layer, param.default) if isinstance(param.default, str) else int(param.default)


def default_float(param: Param) -> float:
    """The float32 that a float parameter is when it is absent."""
    return float(np.float32(param.default))


def _array(layer: Layer, name: str) -> tuple[int | float, ...]:
    param = find_param(layer.type, name)
    for key in (param.read_id, param.id):
        value = layer.params.get(key) if key is not None else None
        if isinstance(value, tuple) and value:
            return value
    return ()
