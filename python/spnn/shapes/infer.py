"""Infer the shapes of all blobs from the shapes of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spnn.errors import SpnnFormatError
from spnn.format.graph import Graph, Layer
from spnn.format.values import get_int
from spnn.shapes import crop, layout, merge, reduce, windows
from spnn.shapes.shape import Shape, checked, volume

_ONE_TO_ONE: dict[str, Callable[[Layer, Shape], Shape | None]] = {
    "Convolution": windows.convolution,
    "ConvolutionDepthWise": windows.convolution,
    "Deconvolution": windows.deconvolution,
    "DeconvolutionDepthWise": windows.deconvolution,
    "ExpandDims": layout.expand_dims,
    "Flatten": layout.flatten,
    "InnerProduct": windows.inner_product,
    "Interp": layout.interp,
    "MVN": lambda _layer, bottom: volume(bottom.w, bottom.h, bottom.c),
    "Padding": layout.padding,
    "Permute": layout.permute,
    "PixelShuffle": layout.pixel_shuffle,
    "Pooling": windows.pooling,
    "Reduction": reduce.reduction,
    "Reorg": layout.reorg,
    "Reshape": layout.reshape,
    "ShuffleChannel": layout.shuffle_channel,
    "Squeeze": layout.squeeze,
}
_MANY_TO_ONE: dict[str, Callable[[Layer, Sequence[Shape]], Shape | None]] = {
    "BinaryOp": merge.binary_op,
    "Concat": merge.concat,
    "Crop": crop.crop,
    "DetectionOutput": lambda _layer, _bottoms: None,  # as many rows as boxes are found
    "Eltwise": merge.eltwise,
    "ROIPooling": lambda layer, bottoms: windows.roi_pooling(layer, bottoms[0]),
}


def infer_shapes(graph: Graph) -> dict[str, Shape]:
    """Blob name to shape; a blob whose shape cannot be computed (an empty result) is missing.

    Raises SpnnFormatError for an Input or MemoryData with an impossible shape; an Input
    that says nothing leaves everything behind it missing.
    """
    shapes: dict[str, Shape] = {}
    for index, layer in enumerate(graph.layers):
        if layer.type in ("Input", "MemoryData"):
            results = [_given(layer, index)] * len(layer.tops)
        elif all(bottom in shapes for bottom in layer.bottoms):
            results = output_shapes(layer, [shapes[bottom] for bottom in layer.bottoms])
        else:
            continue
        # One output that cannot be computed is an error of the layer: it makes none.
        if all(results):
            shapes.update(zip(layer.tops, (shape for shape in results if shape), strict=True))
    return shapes


def output_shapes(layer: Layer, bottoms: Sequence[Shape]) -> list[Shape | None]:
    """The shapes of a layer's outputs; None for one that is empty or cannot be computed."""
    if layer.type == "Slice":
        return merge.slices(layer, bottoms[0])
    if layer.type in _MANY_TO_ONE:
        return [_MANY_TO_ONE[layer.type](layer, bottoms)]
    if layer.type in _ONE_TO_ONE:
        return [_ONE_TO_ONE[layer.type](layer, bottoms[0])]
    # Everything else works in place, value by value; only Split has more outputs than inputs.
    return [bottoms[min(index, len(bottoms) - 1)] if bottoms else None for index in range(len(layer.tops))]


def input_dims(layer: Layer) -> int:
    """1 to 3 for `0=w [1=h [2=c]]`, 0 where the Input does not say its shape."""
    given = [get_int(layer, name) != 0 for name in ("iw", "ih", "ic")]
    return given.index(False) if given in ([True, False, False], [True, True, False]) else 3 if all(given) else 0


def _given(layer: Layer, index: int) -> Shape | None:
    w, h, c = (get_int(layer, name) for name in ("iw", "ih", "ic"))
    if layer.type == "MemoryData":
        dims = 3 if c else 2 if h else 1
        shape = Shape(dims, w or 1, h or 1, c or 1)
    else:
        dims = input_dims(layer)
        if dims == 0:
            return None
        shape = Shape(dims, w, h or 1, c or 1)
    if checked(shape) is None:
        reason = f"layer {layer.name!r} has the shape {w} x {h} x {c}, which no blob can have"
        raise SpnnFormatError(index, reason, unit="layer")
    return shape
