"""Shape rules: against ncnn itself where today's ncnn still agrees with that of 2020, by hand where not."""

import numpy as np
import pytest
from spnn.shapes import Shape, infer_shapes
from spnn_peer import run_ncnn, single_layer


def conv(kernel, stride=1, pads=(0, 0, 0, 0), dilation=1, outputs=2, channels=3, kernel_h=None):
    kernel_h = kernel if kernel_h is None else kernel_h
    size = outputs * channels * kernel * kernel_h
    left, right, top, bottom = pads
    params = {0: outputs, 1: kernel, 11: kernel_h, 2: dilation, 3: stride, 6: size}
    params |= {4: left, 15: right, 14: top, 16: bottom}
    return params, [np.zeros(size, np.float32)]


CHW = (3, 7, 10)
CASES = [
    ("Convolution", [CHW], *conv(3)),
    ("Convolution", [CHW], *conv(3, 2)),
    ("Convolution", [CHW], *conv(3, 2, (1, 0, 2, 3))),
    ("Convolution", [CHW], *conv(2, 3, (1, 1, 1, 1), 2, kernel_h=3)),
    ("Convolution", [CHW], *conv(3, 2, (-233,) * 4)),
    ("Convolution", [CHW], *conv(3, 3, (-234,) * 4)),
    ("Convolution", [CHW], *conv(1, 3, (-233,) * 4)),
    ("Convolution", [(3,)], *conv(1)),
    ("ConvolutionDepthWise", [CHW], {0: 6, 1: 3, 3: 2, 4: 1, 6: 54, 7: 3}, [np.zeros(54, np.float32)]),
    ("Deconvolution", [CHW], *conv(3, 2)),
    ("Deconvolution", [CHW], *conv(4, 2, (1, 1, 0, 2))),
    ("Deconvolution", [CHW], {0: 2, 1: 3, 3: 2, 4: 1, 18: 1, 6: 54}, [np.zeros(54, np.float32)]),
    ("Deconvolution", [CHW], {0: 2, 1: 3, 3: 2, 18: 1, 19: 0, 6: 54}, [np.zeros(54, np.float32)]),
    ("Deconvolution", [CHW], {0: 2, 1: 3, 3: 2, 4: -233, 20: 20, 21: 14, 6: 54}, [np.zeros(54, np.float32)]),
    ("InnerProduct", [CHW], {0: 5, 2: 5 * 210}, [np.zeros(5 * 210, np.float32)]),
    ("Pooling", [CHW], {0: 0, 1: 3, 2: 2}, []),
    ("Pooling", [CHW], {0: 0, 1: 3, 2: 2, 5: 1}, []),
    ("Pooling", [CHW], {0: 0, 1: 3, 2: 2, 3: 1, 5: 1}, []),
    ("Pooling", [CHW], {0: 0, 1: 2, 2: 3, 5: 2}, []),
    ("Pooling", [CHW], {0: 0, 1: 3, 2: 2, 5: 3}, []),
    ("Pooling", [CHW], {0: 1, 1: 3, 11: 2, 2: 1, 12: 3, 3: 1, 13: 0, 14: 2, 15: 1, 5: 1}, []),
    ("Pooling", [CHW], {0: 1, 4: 1}, []),
    ("Flatten", [CHW], {}, []),
    ("Reshape", [CHW], {0: -1}, []),
    ("Reshape", [CHW], {0: 0, 1: -1}, []),
    ("Reshape", [CHW], {0: 5, 1: 0, 2: -1}, []),
    ("Reshape", [CHW], {0: -1, 1: 2, 2: 3}, []),
    ("Reshape", [(4, 6)], {0: 2, 1: 3, 2: 4}, []),
    *[("Permute", [CHW], {0: order}, []) for order in range(6)],
    ("Permute", [(4, 6)], {0: 1}, []),
    ("Crop", [CHW], {0: 1, 1: 2, 3: 4, 4: 3, 5: -233}, []),
    ("Crop", [CHW], {0: 1, 3: -233, 4: -233, 5: 2, 2: 1}, []),
    ("Crop", [CHW], {9: (1, 2), 10: (-233, -1), 11: (1, 2)}, []),
    ("Crop", [CHW], {9: (0, 1, 2), 10: (2, -2, 100)}, []),
    ("Crop", [(4, 6)], {9: (1,), 10: (3,), 11: (-1,)}, []),
    ("Crop", [CHW, (2, 3, 4)], {0: 1, 1: 1}, []),
    ("Padding", [CHW], {0: 1, 1: 2, 2: 3, 3: 0}, []),
    ("Padding", [(4, 6)], {0: 1, 3: 2}, []),
    ("Interp", [CHW], {0: 1, 1: 2.0, 2: 1.5}, []),
    ("Interp", [CHW], {0: 2, 3: 5, 4: 4}, []),
    ("PixelShuffle", [(12, 3, 5)], {0: 2}, []),
    ("Reorg", [(3, 6, 4)], {0: 2}, []),
    ("ShuffleChannel", [(6, 3, 5)], {0: 3}, []),
    ("ExpandDims", [(4, 6)], {3: (1,)}, []),
    ("Squeeze", [(3, 1, 5)], {1: 1}, []),
    ("Squeeze", [(1, 1, 5)], {1: 1, 2: 1}, []),
    ("Squeeze", [(3, 1, 1)], {0: 1, 1: 1}, []),
    ("Squeeze", [(1, 6)], {1: 1}, []),
    ("Reduction", [CHW], {1: 1}, []),
    ("Reduction", [CHW], {1: 1, 4: 1}, []),
    ("Concat", [CHW, CHW], {0: 0}, []),
    ("Concat", [CHW, (3, 2, 10)], {0: 1}, []),
    ("Concat", [CHW, (3, 7, 4)], {0: 2}, []),
    ("Concat", [(4, 6), (2, 6)], {0: 0}, []),
    ("Concat", [(4, 6), (4, 1)], {0: 1}, []),
    ("Concat", [(4,), (2,)], {0: 0}, []),
    ("BinaryOp", [CHW, (3, 1, 1)], {0: 2}, []),
    ("BinaryOp", [(3, 1, 1), CHW], {0: 2}, []),
    ("BinaryOp", [(1, 7, 10), CHW], {0: 2}, []),
    ("BinaryOp", [CHW, (1,)], {0: 2}, []),
    ("BinaryOp", [(1,), (4, 6)], {0: 2}, []),
    ("BinaryOp", [(1,), (4,)], {0: 2}, []),
    ("Softmax", [CHW], {0: 1, 1: 1}, []),
    ("ROIPooling", [CHW, (4,)], {0: 2, 1: 3, 2: 1.0}, []),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}{case[1]}{case[2]}".replace(" ", ""))
def test_as_ncnn_computes(case):
    kind, shapes, params, blobs = case
    graph = single_layer(kind, shapes, params, blobs)
    given = {f"in{index}": np.ones((1, *shape), np.float32) for index, shape in enumerate(shapes)}
    assert infer_shapes(graph)["out0"].array_shape == run_ncnn(graph, given)["out0"].shape[1:]


@pytest.mark.parametrize(
    ("kind", "shapes", "params", "wanted"),
    [
        # ncnn of 2020 makes these 3-D whatever comes in
        ("Eltwise", [(4,), (4,)], {0: 1}, Shape(3, 4)),
        ("MVN", [(4, 6)], {}, Shape(3, 6, 4)),
        # of a vector it joins the one axis there is, whatever the number
        ("Concat", [(4,), (2,)], {0: -1}, Shape(1, 6)),
        ("Concat", [(4,), (2,)], {0: 2}, Shape(1, 6)),
        # its Reduction counts axes from 1, the batch being 0
        ("Reduction", [CHW], {1: 0, 3: (2, 3)}, Shape(1, 3)),
        ("Reduction", [CHW], {1: 0, 3: (2, 3), 4: 1}, Shape(3, 1, 1, 3)),
        ("Reduction", [CHW], {1: 0, 3: (1,)}, Shape(2, 10, 7)),
        ("Reduction", [CHW], {1: 0, 3: (-1,)}, Shape(2, 7, 3)),
        ("Reduction", [CHW], {1: 0, 3: (1, 2, 3)}, Shape(1, 1)),
        # it knows ExpandDims by three switches as well
        ("ExpandDims", [(6,)], {0: 1}, Shape(2, 1, 6)),
        ("ExpandDims", [(6,)], {1: 1}, Shape(2, 6, 1)),
        ("ExpandDims", [(4, 6)], {2: 1}, Shape(3, 6, 4, 1)),
        # C divides towards zero: a window one larger than the input, with a stride, still fits once
        ("Pooling", [(3, 2, 2)], {0: 0, 1: 3, 2: 2, 5: 1}, Shape(3, 1, 1, 3)),
    ],
)
def test_as_ncnn_computed_in_2020(kind, shapes, params, wanted):
    assert infer_shapes(single_layer(kind, shapes, params))["out0"] == wanted


@pytest.mark.parametrize(
    ("kind", "shapes", "params"),
    [
        ("Convolution", [CHW], {0: 2, 1: 11, 6: 0}),
        ("Convolution", [CHW], {0: 0, 1: 1, 6: 0}),
        ("Convolution", [CHW], {0: 2, 1: 1, 3: 0, 6: 0}),
        ("Convolution", [CHW], {0: 2147483647, 1: 1, 6: 0}),
        ("ConvolutionDepthWise", [CHW], {0: 4, 1: 1, 6: 0, 7: 2}),
        ("Deconvolution", [CHW], {0: 1, 1: 1, 4: 9, 6: 0}),
        ("Deconvolution", [CHW], {0: 1, 1: 3, 3: 2, 20: 14, 6: 0}),
        ("Pooling", [CHW], {1: 20, 5: 1}),
        ("Reshape", [CHW], {0: 7}),
        ("Reshape", [CHW], {0: -1, 1: 0, 2: 1000}),
        ("Reshape", [CHW], {}),
        ("Crop", [CHW], {3: 4}),
        ("Concat", [CHW, (4, 6)], {0: 0}),
        ("Concat", [CHW, CHW], {0: 3}),
        ("ShuffleChannel", [CHW], {0: 2}),
        ("DetectionOutput", [CHW, CHW], {}),
        ("Reduction", [CHW], {1: 0}),
    ],
)
def test_empty_results_have_no_shape(kind, shapes, params):
    assert "out0" not in infer_shapes(single_layer(kind, shapes, params))


def test_slices():
    graph = single_layer("Slice", [(7, 2, 3)], {0: (2, -233, -233)}, tops=3)
    shapes = infer_shapes(graph)
    assert [shapes[f"out{index}"].c for index in range(3)] == [2, 2, 3]
    graph = single_layer("Slice", [(7, 2, 3)], {0: (2, 6), 1: 0}, tops=2)
    assert "out0" not in infer_shapes(graph)  # one impossible part: the layer makes none
    graph = single_layer("Slice", [(4, 6)], {0: (1, -233), 1: 1}, tops=2)
    assert infer_shapes(graph)["out1"] == Shape(2, 5, 4)
    graph = single_layer("Slice", [(6,)], {0: (1, -233), 1: 2}, tops=2)
    assert infer_shapes(graph)["out1"] == Shape(1, 5)
