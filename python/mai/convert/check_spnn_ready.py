"""Refuse, by name, layers that the format or its tools would silently get wrong: the last check before `optimize`.

docs/spnn-format.md §3.7 (a sum with a scalar), §4.2 (convolutions on vectors, weight sizes), §4.6 (products,
three inputs), §7 (empty blobs); and what `quantize` does not write into an int8.param (docs/spnn-format.md §1.1).
"""

from __future__ import annotations

import math

import numpy as np
from spnn.format.graph import Graph, Layer
from spnn.format.layers import LAYER_TYPES
from spnn.format.values import default_float, default_int, get_float, get_floats, get_int

from mai.convert.refuse import refuse
from mai.convert.rewrites.refuse_unknown_layers import ADVICE
from mai.convert.rewrites.shapes import Shape, blob_shapes

ON_NPU = ("Convolution", "InnerProduct", "ReLU", "PReLU", "BatchNorm", "Eltwise", "Split", "Concat", "Pooling")
# On the board's CPU, and understood by the float run and the board twin.
ON_CPU = (
    "ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise", "Scale", "Bias", "BinaryOp", "UnaryOp",
    "Sigmoid", "Softmax", "TanH", "Clip", "ELU", "Power", "Flatten", "Reshape", "Permute", "Slice", "Padding", "Crop",
    "Interp", "PixelShuffle", "ShuffleChannel", "Dropout", "Noop", "Exp", "Log", "AbsVal", "InstanceNorm",
)  # fmt: skip
PRECISION = 1e-3  # relative change of a number that the text of an int8.param may cause


def check_spnn_ready(graph: Graph) -> None:
    """Raises MaiError `layer_unsupported` naming the first layer that would go wrong."""
    for layer in graph.layers:
        _check_type(layer)
        _check_text(layer)
    shapes = blob_shapes(graph)
    for layer in graph.layers:
        _check_shapes(layer, [shapes[name] for name in layer.bottoms], [shapes[name] for name in layer.tops])
        for blob in layer.blobs:
            if not np.isfinite(blob.values).all():
                raise refuse(layer, "it has weights that are not finite", "train again with a smaller learning_rate")


def _check_type(layer: Layer) -> None:
    if layer.type not in (*ON_NPU, *ON_CPU, "Input"):
        raise refuse(layer, "neither its NPU nor its CPU is known to run it", ADVICE)
    if layer.type in ("Convolution", "InnerProduct") and get_int(layer, "activation_type"):
        raise refuse(layer, "it has a fused activation, which the NPU ignores", ADVICE)
    if layer.type == "BinaryOp" and get_int(layer, "with_scalar"):
        raise refuse(layer, "a BinaryOp with a number loses it", ADVICE)
    if layer.type == "Eltwise" and (get_int(layer, "op_type") not in (1, 2) or len(layer.bottoms) != 2):
        raise refuse(layer, "the NPU adds or compares two inputs only", ADVICE)
    if layer.type == "Pooling" and get_int(layer, "pad_mode") not in (0, 1):
        raise refuse(layer, "pooling with SAME padding", "give the padding as a number")


def _check_text(layer: Layer) -> None:
    """Check that every parameter survives the text of an int8.param (floats as %f, some not written at all)."""
    kind = LAYER_TYPES[layer.type]
    on_cpu = layer.type in ON_CPU
    for param in kind.params:
        if param.kind == "floats":
            values: tuple[float, ...] = get_floats(layer, param.name)
            defaults: tuple[float, ...] = ()
        elif param.kind == "float":
            values, defaults = (get_float(layer, param.name),), (default_float(param),)
        elif param.kind == "int" and param.id in layer.params:
            values, defaults = (get_int(layer, param.name),), (default_int(layer, param),)
        else:
            continue
        lost = param.opt_only or not kind.int8_params
        if lost and values != defaults:
            raise refuse(layer, f"parameter {param.name}={_text(values)} is not kept in the int8 model", ADVICE)
        if on_cpu and param.kind in ("float", "floats") and values != defaults and not all(map(_survives, values)):
            raise refuse(layer, f"parameter {param.name}={_text(values)} is too small to be written", ADVICE)


def _survives(value: float) -> bool:
    return math.isfinite(value) and abs(float(f"{value:f}") - value) <= PRECISION * abs(value)


def _text(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:g}" for value in values)


def _check_shapes(layer: Layer, bottoms: list[Shape], tops: list[Shape]) -> None:
    for shape in tops:
        if not all(extent > 0 for extent in shape):
            raise refuse(layer, f"its output of size {shape} is empty", "use fewer poolings or a larger picture")
    if layer.type in ("BinaryOp", "Eltwise") and len(set(bottoms)) != 1:
        raise refuse(layer, f"it combines blobs of different sizes {bottoms}", "combine equal sizes")
    if layer.type in ("Convolution", "ConvolutionDepthWise") and len(bottoms[0]) != 3:
        raise refuse(layer, f"a convolution on a blob of size {bottoms[0]}", "use torch.nn.Linear there")
    if layer.type == "Convolution":
        factors = (get_int(layer, name) for name in ("num_output", "kernel_w", "kernel_h"))
        found, expected = get_int(layer, "weight_data_size"), math.prod(factors) * bottoms[0][0]
        if found != expected:
            raise refuse(layer, f"it has {found} weights in place of {expected}", ADVICE)
    if layer.type == "InnerProduct" and not _takes(layer, bottoms[0]):
        raise refuse(layer, f"torch.nn.Linear on a blob of size {bottoms[0]}", "put torch.nn.Flatten in front of it")
    if layer.type == "Concat" and get_int(layer, "axis") != 0 and len(bottoms[0]) == 1:
        raise refuse(layer, f"it joins vectors along axis {get_int(layer, 'axis')}", "join along the channels")


def _takes(layer: Layer, shape: Shape) -> bool:
    return len(shape) != 2 and get_int(layer, "weight_data_size") == get_int(layer, "num_output") * math.prod(shape)
