"""Read the shape hints that optimize wrote (docs/spnn-format.md §1.1)."""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_ints
from spnn.quantize.state import State
from spnn.shapes import Shape


def input_hint(state: State, layer: Layer) -> Shape:
    """The shape of the layer's first input. Without hints the vendor's tool crashes; here it is an error."""
    hint = get_ints(layer, "input_shapes")
    if len(hint) < 4:
        raise state.refuse(layer, "it has no shape hints (-23329): run optimize first, on a network with known shapes")
    shape = Shape(*hint[:4])
    if not 1 <= shape.dims <= 3 or min(shape) < 1:
        raise state.refuse(layer, f"its shape hint {','.join(map(str, shape))} is no shape")
    return shape
