"""Limit the size of blobs, because a few bytes of a .param can ask for a terabyte."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.graph import Layer
from spnn.shapes import Shape
from spnn.shapes.infer import output_shapes

MAX_ELEMENTS = 1 << 28
"""Values of one blob of one sample: 1 GB as float32; the largest of ResNet-18 has 0.8 million."""
_GROW = (
    "Convolution", "ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise", "Interp", "Padding", "Pooling",
)  # fmt: skip
"""Types whose parameters can make the output as much larger than the input as they like."""


def refuse_too_large(layer: Layer, bottoms: Sequence[Tensor]) -> None:
    """Raises SpnnError, before any memory is taken, for a result that is empty or too large."""
    if layer.type not in _GROW or len(bottoms) != 1 or bottoms[0].ndim != 4:
        return
    _, c, h, w = bottoms[0].shape
    (shape,) = output_shapes(layer, [Shape(3, w, h, c)])
    if shape is None or shape.elements > MAX_ELEMENTS:
        raise SpnnError(
            f"layer {layer.name!r} ({layer.type}) cannot be run on {(c, h, w)}: "
            f"its result would be empty or hold more than {MAX_ELEMENTS:,} values"
        )
