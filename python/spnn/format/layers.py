"""Every layer type of the format: its parameters in the order they are written, with their defaults.

This is the appendix of the SPNN specification (docs/spnn-format.md § Appendix) as data, which is
that of ncnn's optimiser of March 2020. What the tools and pnnx add to it: added_params.py.
"""

from __future__ import annotations

from spnn.format.constants import FLT_MAX
from spnn.format.layer_type import ANY, LayerType, Param
from spnn.format.layer_type import float_params as _floats
from spnn.format.layer_type import int_params as _ints


def _window(pad_value: bool) -> tuple[Param, ...]:
    """What convolutions and deconvolutions share, up to the padding."""
    geometry = _ints(
        (0, "num_output", 0),
        (1, "kernel_w", 0),
        (11, "kernel_h", "kernel_w"),
        (2, "dilation_w", 1),
        (12, "dilation_h", "dilation_w"),
        (3, "stride_w", 1),
        (13, "stride_h", "stride_w"),
        (4, "pad_left", 0),
        (14, "pad_top", "pad_left"),
        (15, "pad_right", "pad_left"),
        (16, "pad_bottom", "pad_top"),
    )
    return (*geometry, Param(18, "pad_value", 0.0, "float", opt_only=True)) if pad_value else geometry


_WEIGHTS = _ints((5, "bias_term", 0), (6, "weight_data_size", 0))
_GROUP = _ints((7, "group", 1))
_INT8_TERM = _ints((8, "int8_scale_term", 0))
_ACTIVATION = (Param(9, "activation_type", 0), Param(10, "activation_params", 0, "floats"))
_OUTPUT_SIZE = (
    Param(18, "output_pad_right", 0, opt_only=True),
    Param(19, "output_pad_bottom", "output_pad_right", opt_only=True),
    Param(20, "output_w", 0, opt_only=True),
    Param(21, "output_h", "output_w", opt_only=True),
)
_IMPL = (Param(17, "impl_type", 0, opt_only=True),)
_EXP_LOG = _floats((0, "base", -1.0), (1, "scale", 1.0), (2, "shift", 0.0))
_EXTENTS = _ints((0, "iw", 0), (1, "ih", 0), (2, "ic", 0))
_HARD = _floats((0, "alpha", 0.2), (1, "beta", 0.5))

LAYER_TYPES: dict[str, LayerType] = {
    "AbsVal": LayerType(),
    "BNLL": LayerType(),
    "BatchNorm": LayerType((*_ints((0, "channels", 0)), *_floats((1, "eps", 0.0)))),
    "Bias": LayerType(_ints((0, "bias_data_size", 0))),
    "BinaryOp": LayerType((*_ints((0, "op_type", 0), (1, "with_scalar", 0)), *_floats((2, "b", 0.0))), inputs=(1, 2)),
    "Clip": LayerType(_floats((0, "min", -FLT_MAX), (1, "max", FLT_MAX))),
    "Concat": LayerType(_ints((0, "axis", 0)), inputs=(1, ANY)),
    "Convolution": LayerType((*_window(True), *_WEIGHTS, *_INT8_TERM, *_ACTIVATION, *_IMPL)),
    "ConvolutionDepthWise": LayerType((*_window(True), *_WEIGHTS, *_GROUP, *_INT8_TERM, *_ACTIVATION)),
    "Crop": LayerType(
        (
            *_ints((0, "woffset", 0), (1, "hoffset", 0), (2, "coffset", 0), (3, "outw", 0), (4, "outh", 0)),
            *_ints((5, "outc", 0), (6, "woffset2", 0), (7, "hoffset2", 0), (8, "coffset2", 0)),
            Param(9, "starts", 0, "ints"),
            Param(10, "ends", 0, "ints"),
            Param(11, "axes", 0, "ints"),
        ),
        inputs=(1, 2),
    ),
    "Deconvolution": LayerType((*_window(False), *_OUTPUT_SIZE, *_WEIGHTS, *_ACTIVATION)),
    "DeconvolutionDepthWise": LayerType((*_window(False), *_OUTPUT_SIZE, *_WEIGHTS, *_GROUP, *_ACTIVATION)),
    "DetectionOutput": LayerType(
        (
            Param(0, "num_class", 0),
            Param(1, "nms_threshold", 0.05, "float"),
            Param(2, "nms_top_k", 300),
            Param(3, "keep_top_k", 100),
            Param(4, "confidence_threshold", 0.5, "float"),
            *_floats((5, "v0", 0.1), (6, "v1", 0.1), (7, "v2", 0.2), (8, "v3", 0.2)),
        ),
        inputs=(2, 3),
    ),
    "Dropout": LayerType(_floats((0, "scale", 1.0))),
    "ELU": LayerType(_floats((0, "alpha", 0.1))),
    "Eltwise": LayerType((Param(0, "op_type", 0), Param(1, "coeffs", 0, "floats", opt_only=True)), inputs=(1, ANY)),
    "Exp": LayerType(_EXP_LOG),
    "ExpandDims": LayerType(
        (*_ints((0, "expand_w", 0), (1, "expand_h", 0), (2, "expand_c", 0)), Param(0, "axes", 0, "ints", read_id=3)),
        int8_params=False,
    ),
    "Flatten": LayerType(),
    "HardSigmoid": LayerType(_HARD, int8_params=False),
    "HardSwish": LayerType(_HARD, int8_params=False),
    "InnerProduct": LayerType(
        (*_ints((0, "num_output", 0), (1, "bias_term", 0), (2, "weight_data_size", 0)), *_INT8_TERM, *_ACTIVATION)
    ),
    "Input": LayerType(_EXTENTS, inputs=(0, 0)),
    "InstanceNorm": LayerType((*_ints((0, "channels", 0)), *_floats((1, "eps", 0.001)))),
    "Interp": LayerType(
        (
            Param(0, "resize_type", 0),
            *_floats((1, "height_scale", 1.0), (2, "width_scale", 1.0)),
            *_ints((3, "output_height", 0), (4, "output_width", 0)),
        )
    ),
    "LRN": LayerType(
        (
            *_ints((0, "region_type", 0), (1, "local_size", 5)),
            *_floats((2, "alpha", 1.0), (3, "beta", 0.75), (4, "bias", 1.0)),
        )
    ),
    "Log": LayerType(_EXP_LOG),
    "MVN": LayerType((*_ints((0, "normalize_variance", 0), (1, "across_channels", 0)), *_floats((2, "eps", 0.0001)))),
    "MemoryData": LayerType(_EXTENTS, inputs=(0, 0)),
    "Noop": LayerType(inputs=(0, ANY), outputs=(0, ANY)),
    "Normalize": LayerType(
        (
            *_ints((0, "across_spatial", 0), (1, "channel_shared", 0)),
            *_floats((2, "eps", 0.0001)),
            *_ints((3, "scale_data_size", 0), (4, "across_channel", 1)),
            Param(9, "eps_mode", 0, opt_only=True),
        )
    ),
    "PReLU": LayerType(_ints((0, "num_slope", 0))),
    "Padding": LayerType(
        (
            *_ints((0, "ptop", 0), (1, "pbottom", 0), (2, "pleft", 0), (3, "pright", 0), (4, "ptype", 0)),
            *_floats((5, "value", 0.0)),
        )
    ),
    "Permute": LayerType(_ints((0, "order_type", 0))),
    "PixelShuffle": LayerType(_ints((0, "upscale_factor", 1))),
    "Pooling": LayerType(
        _ints(
            (0, "pooling_type", 0),
            (1, "kernel_w", 0),
            (11, "kernel_h", "kernel_w"),
            (2, "stride_w", 1),
            (12, "stride_h", "stride_w"),
            (3, "pad_left", 0),
            (13, "pad_top", "pad_left"),
            (14, "pad_right", "pad_left"),
            (15, "pad_bottom", "pad_top"),
            (4, "global_pooling", 0),
            (5, "pad_mode", 0),
        )
    ),
    "Power": LayerType(_floats((0, "power", 1.0), (1, "scale", 1.0), (2, "shift", 0.0))),
    "Quantize": LayerType(_floats((0, "scale", 1.0))),
    "ROIPooling": LayerType(
        (*_ints((0, "pooled_width", 0), (1, "pooled_height", 0)), *_floats((2, "spatial_scale", 0.0625))), inputs=(2, 2)
    ),
    "ReLU": LayerType(_floats((0, "slope", 0.0))),
    "Reduction": LayerType(
        (
            Param(0, "operation", 0),
            Param(1, "reduce_all", 1),
            Param(2, "coeff", 1.0, "float"),
            Param(3, "axes", 0, "ints"),
            Param(4, "keepdims", 0),
        )
    ),
    "Reorg": LayerType(_ints((0, "stride", 0))),
    "Reshape": LayerType(_ints((0, "rw", -233), (1, "rh", -233), (2, "rc", -233), (3, "permute", 0))),
    "Scale": LayerType(_ints((0, "scale_data_size", 0), (1, "bias_term", 0)), inputs=(1, 2), outputs=(1, 2)),
    "ShuffleChannel": LayerType(_ints((0, "group", 1))),
    "Sigmoid": LayerType(),
    "Slice": LayerType((Param(0, "slices", 0, "ints"), Param(1, "axis", 0)), outputs=(1, ANY)),
    "Softmax": LayerType(_ints((0, "axis", 0))),
    "Split": LayerType(outputs=(1, ANY)),
    "Squeeze": LayerType(
        (*_ints((0, "squeeze_w", 0), (1, "squeeze_h", 0), (2, "squeeze_c", 0)), Param(0, "axes", 0, "ints", read_id=3)),
        int8_params=False,
    ),
    "TanH": LayerType(),
    "Threshold": LayerType(_floats((0, "threshold", 0.0))),
    "UnaryOp": LayerType(_ints((0, "op_type", 0))),
}
