"""Shapes of layers that rearrange: Reshape, Permute, Squeeze, ExpandDims, Flatten, Reorg, PixelShuffle, Interp, ..."""

from __future__ import annotations

import numpy as np

from spnn.format.graph import Layer
from spnn.format.values import get_float, get_int, get_ints
from spnn.shapes.shape import Shape, divide, matrix, vector, volume

_PERMUTED = {0: "whc", 1: "hwc", 2: "wch", 3: "cwh", 4: "hcw", 5: "chw"}


def flatten(layer: Layer, bottom: Shape) -> Shape | None:
    """A vector of everything."""
    del layer
    return vector(bottom.elements)


def reshape(layer: Layer, bottom: Shape) -> Shape | None:
    """0 keeps an extent, -1 is what remains, -233 means that there is no such dimension."""
    wished = [get_int(layer, name) for name in ("rw", "rh", "rc")]
    dims = next((index for index in range(3) if wished[index] == -233), 3)
    extents = [own if wish == 0 else wish for wish, own in zip(wished[:dims], bottom[1:], strict=False)]
    for index in reversed(range(dims)):
        if extents[index] == -1:
            others = 1
            for position, extent in enumerate(extents):
                others *= extent if position != index else 1
            if others == 0:
                return None
            extents[index] = divide(bottom.elements, others)
    shape = (None, vector, matrix, volume)[dims]
    result = shape(*extents) if shape else None
    return result if result and result.elements == bottom.elements else None


def permute(layer: Layer, bottom: Shape) -> Shape | None:
    """Order types of ncnn: the letters name the axes of the input, innermost first."""
    order = get_int(layer, "order_type")
    if order == 0:
        return bottom
    if bottom.dims == 2:
        return matrix(bottom.h, bottom.w) if order == 1 else None
    if bottom.dims == 3 and order in _PERMUTED:
        return volume(*(getattr(bottom, axis) for axis in _PERMUTED[order]))
    return None


def expand_dims(layer: Layer, bottom: Shape) -> Shape | None:
    """A new extent of 1; a 3-D blob stays as it is."""
    names = {1: ("h", "w"), 2: ("c", "h", "w")}.get(bottom.dims, ())
    wanted = _named_axes(layer, "expand", names, bottom.dims + 1)
    w, h = bottom.w, bottom.h
    if bottom.dims == 1 and wanted:
        return matrix(1, w) if "w" in wanted else matrix(w, 1) if "h" in wanted else bottom
    if bottom.dims == 2 and wanted:
        return volume(1, w, h) if "w" in wanted else volume(w, 1, h) if "h" in wanted else volume(w, h, 1)
    return bottom


def squeeze(layer: Layer, bottom: Shape) -> Shape | None:
    """Extents of 1 that are named disappear; at least one dimension remains."""
    names = {1: ("w",), 2: ("h", "w"), 3: ("c", "h", "w")}[bottom.dims]
    wanted = _named_axes(layer, "squeeze", names, bottom.dims)
    gone = {axis for axis in wanted if getattr(bottom, axis) == 1}
    kept = [getattr(bottom, axis) for axis in reversed(names) if axis not in gone]
    if len(kept) == bottom.dims:
        return bottom
    return matrix(*kept) if len(kept) == 2 else vector(*(kept or [1]))


def padding(layer: Layer, bottom: Shape) -> Shape | None:
    """Borders added to rows and columns."""
    w = bottom.w + get_int(layer, "pleft") + get_int(layer, "pright")
    h = bottom.h + get_int(layer, "ptop") + get_int(layer, "pbottom")
    if (w, h) == (bottom.w, bottom.h):
        return bottom
    return volume(w, h, bottom.c) if bottom.dims == 3 else matrix(w, h) if bottom.dims == 2 else vector(w)


def interp(layer: Layer, bottom: Shape) -> Shape | None:
    """A given size, or the input's times a factor, rounded down; a vector counts as 1 x 1 x n."""
    w, h, c = (1, 1, bottom.w) if bottom.dims == 1 else bottom[1:]
    out_w, out_h = get_int(layer, "output_width"), get_int(layer, "output_height")
    if out_w == 0 or out_h == 0:
        out_w, out_h = _scaled(w, get_float(layer, "width_scale")), _scaled(h, get_float(layer, "height_scale"))
    if (out_w, out_h) == (w, h):
        return bottom
    return volume(out_w, out_h, c)


def pixel_shuffle(layer: Layer, bottom: Shape) -> Shape | None:
    """Channels become pixels."""
    factor = get_int(layer, "upscale_factor")
    return volume(bottom.w * factor, bottom.h * factor, bottom.c // factor**2) if factor > 0 else None


def reorg(layer: Layer, bottom: Shape) -> Shape | None:
    """Pixels become channels."""
    stride = get_int(layer, "stride")
    return volume(bottom.w // stride, bottom.h // stride, bottom.c * stride**2) if stride > 0 else None


def shuffle_channel(layer: Layer, bottom: Shape) -> Shape | None:
    """The same extents, 3-D; the channels must divide into the groups."""
    group = get_int(layer, "group")
    return volume(*bottom[1:]) if group > 0 and bottom.c % group == 0 else None


def _named_axes(layer: Layer, verb: str, names: tuple[str, ...], dims: int) -> set[str]:
    axes = get_ints(layer, "axes")
    if axes:
        return {names[axis % dims] for axis in axes if -dims <= axis < dims and axis % dims < len(names)}
    return {axis for axis in "whc" if get_int(layer, f"{verb}_{axis}")}


def _scaled(extent: int, factor: float) -> int:
    with np.errstate(over="ignore"):
        size = float(np.float32(extent) * np.float32(factor))
    return int(size) if abs(size) < 2**31 else 0
