"""Shapes of Reduction over named axes."""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_int, get_ints
from spnn.shapes.shape import Shape, matrix, vector, volume


def reduction(layer: Layer, bottom: Shape) -> Shape | None:
    """Axes count from 1 (0 would be the batch), outermost first; with keepdims they become 1."""
    axes = list(range(1, bottom.dims + 1))
    if not get_int(layer, "reduce_all"):
        axes = [axis + bottom.dims + 1 if axis < 0 else axis for axis in get_ints(layer, "axes")]
    gone = {axis - 1 for axis in axes if 1 <= axis <= bottom.dims}
    if bottom.dims == 1:
        return vector(1)
    if not gone:
        return None
    extents = bottom.array_shape
    kept = [extent for index, extent in enumerate(extents) if index not in gone]
    if get_int(layer, "keepdims"):
        kept = [1 if index in gone else extent for index, extent in enumerate(extents)]
    return (vector, matrix, volume)[max(len(kept), 1) - 1](*(list(reversed(kept)) or [1]))
