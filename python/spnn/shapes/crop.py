"""Shapes of Crop: by offsets and sizes, by numpy-like slices, or to the size of a second input."""

from __future__ import annotations

from collections.abc import Sequence

from spnn.format.graph import Layer
from spnn.format.values import get_int, get_ints
from spnn.shapes.shape import Shape, matrix, vector, volume


def crop(layer: Layer, bottoms: Sequence[Shape]) -> Shape | None:
    """As many dimensions as the (first) input has."""
    bottom = bottoms[0]
    if len(bottoms) == 2:
        reference = bottoms[1]
        extents = [reference.w, reference.h, reference.c if reference.dims == 3 else bottom.c]
    elif get_ints(layer, "starts") and get_ints(layer, "ends"):
        extents = _sliced(layer, bottom)
    else:
        extents = _cut(layer, bottom)
    extents = [min(extent, 2**31 - 1) for extent in extents[: bottom.dims]]
    if any(extent > own for extent, own in zip(extents, bottom[1:], strict=False)):
        return None
    return (vector, matrix, volume)[bottom.dims - 1](*extents)


def _sliced(layer: Layer, bottom: Shape) -> list[int]:
    """starts, ends, axes (outermost first); -233 means from the beginning, to the end."""
    extents = [bottom.w, bottom.h, bottom.c]
    starts, ends = get_ints(layer, "starts"), get_ints(layer, "ends")
    axes = get_ints(layer, "axes") or range(bottom.dims)
    for axis, start, end in zip(axes, starts, ends, strict=False):
        place = axis + bottom.dims if axis < 0 else axis
        if not 0 <= place < bottom.dims:
            continue
        index = bottom.dims - 1 - place
        size = extents[index]
        first = 0 if start == -233 else start if start >= 0 else size + start
        last = size if end == -233 else end if end > 0 else size + end
        extents[index] = min(size, last) - first
    return extents


def _cut(layer: Layer, bottom: Shape) -> list[int]:
    """Offsets from both ends and a largest size (-233: none); with an offset of -233 the ids move outwards."""
    offsets = [get_int(layer, name) for name in ("woffset", "hoffset", "coffset")]
    far_offsets = [get_int(layer, name) for name in ("woffset2", "hoffset2", "coffset2")]
    sizes = [get_int(layer, name) for name in ("outw", "outh", "outc")]
    extents = [bottom.w, bottom.h, bottom.c]
    used = bottom.dims
    while used > 1 and offsets[used - 1] == -233:
        used -= 1
    for number in range(used):
        index = bottom.dims - used + number
        rest = extents[index] - offsets[number] - far_offsets[number]
        extents[index] = rest if sizes[number] == -233 else min(sizes[number], rest)
    return extents
