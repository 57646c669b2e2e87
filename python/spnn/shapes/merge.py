"""Shapes of layers with several inputs or several outputs."""

from __future__ import annotations

from collections.abc import Sequence

from spnn.format.graph import Layer
from spnn.format.values import get_int, get_ints
from spnn.shapes.shape import Shape, divide, matrix, vector, volume


def eltwise(layer: Layer, bottoms: Sequence[Shape]) -> Shape | None:
    """Always 3-D, with the extents of the first input: a vector of n becomes n x 1 x 1."""
    del layer
    first = bottoms[0]
    return volume(first.w, first.h, first.c)


def binary_op(layer: Layer, bottoms: Sequence[Shape]) -> Shape | None:
    """The broadcasting of https://github.com/Tencent/ncnn/wiki/binaryop-broadcasting."""
    if len(bottoms) == 1 or get_int(layer, "with_scalar"):
        return bottoms[0]
    a, b = bottoms
    if a.dims < b.dims:
        return b
    if a.dims == b.dims == 3:
        # a per channel (1 x 1 x c) or per pixel (w x h x 1) is spread over b
        spread = (a.w == a.h == 1 and a.c == b.c) or ((a.w, a.h) == (b.w, b.h) and a.c == 1)
        kept = (b.w == b.h == 1 and b.c == a.c) or ((a.w, a.h) == (b.w, b.h) and b.c == 1)
        return b if spread and not kept else a
    if a.dims == b.dims == 1 and a.w == 1:
        return b
    return a


def concat(layer: Layer, bottoms: Sequence[Shape]) -> Shape | None:
    """Sum along the axis; axis 0 is the outermost one there is, and a vector has no other."""
    first = bottoms[0]
    axis = _axis(layer, first)
    if any(bottom.dims != first.dims for bottom in bottoms):
        return None
    extents = [_outermost_first(bottom) for bottom in bottoms]
    if not 0 <= axis < first.dims:
        return None
    if any(other[:axis] + other[axis + 1 :] != extents[0][:axis] + extents[0][axis + 1 :] for other in extents):
        return None
    total = list(extents[0])
    total[axis] = sum(extent[axis] for extent in extents)
    return _from_outermost(total)


def slices(layer: Layer, bottom: Shape) -> list[Shape | None]:
    """Parts along the axis; -233 shares what is left evenly."""
    sizes, axis = get_ints(layer, "slices"), _axis(layer, bottom)
    if not 0 <= axis < bottom.dims or len(sizes) < len(layer.tops):
        return [None] * len(layer.tops)
    extents = list(_outermost_first(bottom))
    whole, taken, parts = extents[axis], 0, []
    for index in range(len(layer.tops)):
        size = divide(whole - taken, len(layer.tops) - index) if sizes[index] == -233 else sizes[index]
        extents[axis] = size
        taken += size
        parts.append(_from_outermost(extents) if size > 0 and taken <= whole else None)
    return parts


def _axis(layer: Layer, shape: Shape) -> int:
    # ncnn of 2020 does not look at the axis of a vector, and knows no negative one of other blobs.
    return 0 if shape.dims == 1 else get_int(layer, "axis")


def _outermost_first(shape: Shape) -> tuple[int, ...]:
    return shape.array_shape


def _from_outermost(extents: Sequence[int]) -> Shape | None:
    return (vector, matrix, volume)[len(extents) - 1](*reversed(extents))
