"""Parameters beyond those of the layer types: what optimize and quantize add, and what pnnx writes.

docs/spnn-format.md §1.1 lists the first, § 8.4 the second, which is of a later ncnn than the format.
"""

from __future__ import annotations

from dataclasses import replace

from spnn.format.constants import INPUT_SHAPES_OR_SCALES, NPU_FLAG, OUTPUT_SHAPES
from spnn.format.layer_type import Param, int_params


def _of_section(section: str, *params: Param) -> tuple[Param, ...]:
    return tuple(replace(param, section=section) for param in params)


# optimize: dims, w, h, c of every output and input
_SHAPES = (Param(OUTPUT_SHAPES, "output_shapes", 0, "ints"), Param(INPUT_SHAPES_OR_SCALES, "input_shapes", 0, "ints"))
_INT8 = (
    Param(NPU_FLAG, "npu_flag", 0, "ints"),
    Param(INPUT_SHAPES_OR_SCALES, "scales", 0, "floats"),
    *int_params((20, "quantised", 0), (22, "output_shift", 0)),
)
_MULT_OF_ONE = ("Convolution", "InnerProduct", "Pooling")  # where an absent multiplier is 1
_WEIGHTED = int_params(
    (19, "image_order", 0), (24, "bias_block", 0), (25, "channel_mult", 0), (26, "bias_mult", 0), (27, "bias_shift", 0)
)
_ACTIVATION = int_params((23, "activation", 0))
_INT8_OF_TYPE: dict[str, tuple[Param, ...]] = {
    "Convolution": _WEIGHTED,
    "InnerProduct": _WEIGHTED,
    "Eltwise": int_params((16, "operand_select", 0), (17, "operand_mult", 0), (18, "operand_shift", 0)),
    "ReLU": _ACTIVATION,
    "PReLU": _ACTIVATION,
    "Softmax": int_params((1, "fixbug0", 0)),  # added where the axis is not 0
}

LATER_PARAMS: dict[str, tuple[Param, ...]] = {
    name: _of_section("8.4", *params)
    for name, params in {
        "Convolution": int_params((7, "group", 1), (19, "dynamic_weight", 0)),
        "ConvolutionDepthWise": int_params((19, "dynamic_weight", 0)),
        "Deconvolution": int_params((28, "dynamic_weight", 0)),
        "InstanceNorm": int_params((2, "affine", 1)),
        "Interp": int_params((5, "dynamic_target_size", 0), (6, "align_corner", 0)),
        "MemoryData": int_params((21, "load_type", 1)),
        "Padding": int_params((6, "per_channel_pad_data_size", 0), (7, "front", 0), (8, "behind", 0)),
        "PixelShuffle": int_params((1, "mode", 0)),
        "Pooling": int_params(
            (6, "avgpool_count_include_pad", 0), (7, "adaptive_pooling", 0), (8, "out_w", 0), (18, "out_h", "out_w")
        ),
        "Reduction": int_params((5, "fixbug0", 0)),
    }.items()
}
"""By layer type; the format knows none of them (docs/spnn-format.md § 8.4)."""


def tool_params(layer_type: str) -> tuple[Param, ...]:
    """What optimize and quantize may add to a layer of this type (docs/spnn-format.md §1.1)."""
    mult = Param(21, "output_mult", 1 if layer_type in _MULT_OF_ONE else 0)
    return _of_section("1.1", *_SHAPES, *_INT8, mult, *_INT8_OF_TYPE.get(layer_type, ()))
