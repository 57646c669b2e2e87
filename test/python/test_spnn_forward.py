"""Every layer type of the float forward against ncnn's own implementation."""

import numpy as np
import pytest
from spnn.errors import SpnnError
from spnn.format.graph import Graph
from spnn.run.float import run_float
from spnn_peer import input_layer, layer, run_ncnn, single_layer

pytest.importorskip("ncnn")

C, H, W = 4, 9, 7
MAP = (C, H, W)


def weights(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32)


def positive(*shape, seed=1):
    return np.random.default_rng(seed).uniform(0.5, 2, shape).astype(np.float32)


def conv(params, outputs=6, channels=C, kernel=9):
    params = {0: outputs, 5: 1, 6: outputs * channels * kernel, **params}
    return [weights(outputs, channels, kernel), weights(outputs, seed=2)], params


def case(name, kind, params=None, blobs=(), shapes=(MAP,), tops=1, domain=(-2, 2)):
    return pytest.param(kind, params or {}, blobs, shapes, tops, domain, id=name)


def weighted(name, kind, params, outputs=6, channels=C, kernel=9, **more):
    blobs, full = conv(params, outputs, channels, kernel)
    return case(name, kind, full, blobs, **more)


CASES = [
    weighted("conv", "Convolution", {1: 3}),
    weighted("conv padded, strided", "Convolution", {1: 3, 3: 2, 4: 1}),
    weighted("conv asymmetric", "Convolution", {1: 3, 11: 1, 3: 2, 13: 1, 4: 2, 14: 1, 15: 0, 16: 3}, kernel=3),
    weighted("conv dilated", "Convolution", {1: 3, 2: 2, 12: 1, 4: 2}),
    weighted("conv same upper", "Convolution", {1: 3, 3: 2, 4: -233, 14: -233, 15: -233, 16: -233}),
    weighted("conv same lower", "Convolution", {1: 2, 3: 1, 4: -234, 14: -234, 15: -234, 16: -234}, kernel=4),
    weighted("conv pad value", "Convolution", {1: 3, 4: 1, 18: 0.5}),
    weighted("conv relu", "Convolution", {1: 3, 9: 1}),
    weighted("conv leaky", "Convolution", {1: 3, 9: 2, 10: (0.1,)}),
    weighted("conv clip", "Convolution", {1: 3, 9: 3, 10: (-0.5, 0.75)}),
    weighted("conv sigmoid", "Convolution", {1: 3, 9: 4}),
    weighted("depthwise", "ConvolutionDepthWise", {1: 3, 4: 1, 7: 4}, outputs=4, channels=1),
    weighted("group", "ConvolutionDepthWise", {1: 3, 4: 1, 7: 2, 3: 2}, outputs=6, channels=2),
    weighted("deconv", "Deconvolution", {1: 3, 3: 2}),
    weighted("deconv padded", "Deconvolution", {1: 4, 3: 2, 4: 1, 9: 1}, kernel=16),
    weighted("deconv output pad", "Deconvolution", {1: 3, 3: 2, 4: 1, 18: 1, 19: 1}),
    weighted("deconv size", "Deconvolution", {1: 3, 3: 2, **dict.fromkeys((4, 14, 15, 16), -233), 20: 14, 21: 18}),
    weighted("deconv dilated", "Deconvolution", {1: 3, 2: 2, 3: 1}),
    weighted("deconv group", "DeconvolutionDepthWise", {1: 3, 3: 2, 7: 2, 4: 1}, outputs=6, channels=2),
    weighted("deconv depthwise", "DeconvolutionDepthWise", {1: 3, 3: 2, 7: 4, 4: 1}, outputs=4, channels=1),
    case("fc map", "InnerProduct", {0: 5, 1: 1, 2: 5 * C * H * W}, [weights(5, C * H * W), weights(5)]),
    case("fc vector, relu", "InnerProduct", {0: 5, 1: 1, 2: 60, 9: 1}, [weights(5, 12), weights(5)], [(12,)]),
    case("relu", "ReLU"),
    case("leaky", "ReLU", {0: 0.2}),
    case("prelu", "PReLU", {0: C}, [weights(C)]),
    case("prelu shared", "PReLU", {0: 1}, [weights(1)]),
    case("prelu vector", "PReLU", {0: 6}, [weights(6)], [(6,)]),
    case("clip", "Clip", {0: -0.5, 1: 1.0}),
    case("sigmoid", "Sigmoid"),
    case("tanh", "TanH"),
    case("absval", "AbsVal"),
    case("elu", "ELU", {0: 0.7}),
    case("selu", "SELU"),
    case("hard sigmoid", "HardSigmoid", {0: 0.3, 1: 0.4}),
    case("hard swish", "HardSwish", {0: 0.16666667, 1: 0.5}),
    case("threshold", "Threshold", {0: 0.3}),
    case("power", "Power", {0: 2.0, 1: 0.5, 2: 1.5}),
    case("power linear", "Power", {1: 0.5, 2: -1.0}),
    case("exp", "Exp", {1: 0.5, 2: 0.25}),
    case("exp base", "Exp", {0: 2.0, 1: 0.5}),
    case("log", "Log", {1: 0.5, 2: 0.25}, domain=(0.5, 3)),
    case("log base", "Log", {0: 10.0}, domain=(0.5, 3)),
    case("dropout", "Dropout", {0: 0.5}),
    *[case(f"unary {op}", "UnaryOp", {0: op}, domain=(0.1, 0.9)) for op in range(17)],
    *[case(f"binary {op}", "BinaryOp", {0: op}, shapes=[MAP, MAP], domain=(0.2, 2)) for op in range(10)],
    *[case(f"binary scalar {op}", "BinaryOp", {0: op, 1: 1, 2: 1.5}, domain=(0.2, 2)) for op in range(10)],
    case("binary vector", "BinaryOp", {0: 1}, shapes=[MAP, (C,)]),
    case("binary vector first", "BinaryOp", {0: 1}, shapes=[(C,), MAP]),
    case("binary row", "BinaryOp", {0: 2}, shapes=[MAP, (C, H)]),
    case("binary column", "BinaryOp", {0: 2}, shapes=[MAP, (C, 1, 1)]),
    case("binary plane", "BinaryOp", {0: 0}, shapes=[MAP, (1, H, W)]),
    case("binary 2-D vector", "BinaryOp", {0: 0}, shapes=[(6, 5), (6,)]),
    case("eltwise sum", "Eltwise", {0: 1}, shapes=[MAP, MAP]),
    case("eltwise sum 3", "Eltwise", {0: 1, 1: (0.5, 2.0, -1.0)}, shapes=[MAP, MAP, MAP]),
    case("eltwise product", "Eltwise", {0: 0}, shapes=[MAP, MAP]),
    case("eltwise max", "Eltwise", {0: 2}, shapes=[MAP, MAP]),
    case("scale", "Scale", {0: C, 1: 1}, [weights(C), weights(C, seed=3)]),
    case("scale vector", "Scale", {0: 6}, [weights(6)], [(6,)]),
    case("scale from blob", "Scale", {0: -233}, shapes=[MAP, (C,)]),
    case("bias", "Bias", {0: C}, [weights(C)]),
    case("batchnorm", "BatchNorm", {0: C, 1: 0.001}, [weights(C), weights(C), positive(C), weights(C, seed=5)]),
    case("batchnorm vector", "BatchNorm", {0: 6}, [weights(6), weights(6), positive(6), weights(6, seed=5)], [(6,)]),
    case("instancenorm", "InstanceNorm", {0: C, 1: 0.01}, [weights(C), weights(C, seed=4)]),
    case("mvn", "MVN", {0: 1}),
    case("mvn mean only", "MVN", {0: 0, 1: 1}),
    case("mvn across", "MVN", {0: 1, 1: 1, 2: 0.01}),
    *[
        case(f"normalize {spatial}{channel}{mode}", "Normalize",
             {0: spatial, 1: 0, 2: 0.001, 3: C, 4: channel, 9: mode}, [weights(C)])
        for spatial, channel in ((0, 1), (1, 0), (1, 1)) for mode in (0, 1, 2)
    ],
    case("normalize shared", "Normalize", {0: 0, 1: 1, 3: 1, 4: 1}, [weights(1)]),
    case("lrn", "LRN", {1: 3, 2: 0.5, 4: 2.0}),
    case("lrn within", "LRN", {0: 1, 1: 3, 2: 0.5}),
    *[case(f"softmax {axis}", "Softmax", {0: axis, 1: 1}) for axis in (0, 1, 2)],
    case("softmax vector", "Softmax", {0: 0}, shapes=[(6,)]),
    case("max global", "Pooling", {0: 0, 4: 1}),
    case("mean global", "Pooling", {0: 1, 4: 1}),
    *[
        case(f"pool type {kind} mode {mode} pad {pad}", "Pooling", {0: kind, 1: 3, 2: 2, 3: pad, 5: mode})
        for kind in (0, 1) for mode in (0, 1, 2, 3) for pad in ((0, 1) if mode < 2 else (0,))
    ],
    case("pool counts padding", "Pooling", {0: 1, 1: 3, 2: 2, 3: 1, 5: 1, 6: 1}),
    case("pool asymmetric", "Pooling", {0: 1, 1: 3, 11: 2, 2: 1, 12: 2, 3: 1, 13: 0, 14: 0, 15: 1, 5: 0}),
    case("pool adaptive", "Pooling", {0: 1, 7: 1, 8: 3, 18: 4}),
    *[case(f"concat {axis}", "Concat", {0: axis}, shapes=[MAP, MAP]) for axis in (0, 1, 2)],
    case("slice", "Slice", {0: (1, -233, -233)}, tops=3),
    case("slice rows", "Slice", {0: (4, -233), 1: 1}, tops=2),
    case("crop", "Crop", {0: 1, 1: 2, 2: 1, 3: 4, 4: 5, 5: 2}),
    case("crop rest", "Crop", {0: 1, 1: 2, 2: 1, 3: -233, 4: -233, 5: -233, 6: 2, 7: 1, 8: 1}),
    case("crop axes", "Crop", {9: (1, -5), 10: (3, -1), 11: (0, 2)}),
    case("crop open ends", "Crop", {9: (-233, 2), 10: (3, -233), 11: (0, 2)}),
    case("crop reference", "Crop", {0: 1, 1: 2, 2: 1}, shapes=[MAP, (2, 4, 3)]),
    *[case(f"permute {order}", "Permute", {0: order}) for order in range(6)],
    case("permute 2-D", "Permute", {0: 1}, shapes=[(6, 5)]),
    case("flatten", "Flatten"),
    case("reshape 1-D", "Reshape", {0: -1}),
    case("reshape 2-D", "Reshape", {0: -1, 1: C}),
    case("reshape 3-D", "Reshape", {0: W, 1: -1, 2: 2}),
    case("reshape keep", "Reshape", {0: 0, 1: -1}),
    case("squeeze", "Squeeze", {0: 1, 1: 1, 2: 1}, shapes=[(6, 1, 1)]),
    case("squeeze axes", "Squeeze", {3: (1,)}, shapes=[(6, 1, 5)]),
    case("expand", "ExpandDims", {3: (0,)}, shapes=[(6, 5)]),
    case("shuffle", "ShuffleChannel", {0: 2}),
    case("pixel shuffle", "PixelShuffle", {0: 2}),
    case("reorg", "Reorg", {0: 2}, shapes=[(3, 8, 6)]),
    case("padding", "Padding", {0: 1, 1: 2, 2: 0, 3: 3, 4: 0, 5: 0.5}),
    case("padding edge", "Padding", {0: 1, 1: 2, 2: 1, 3: 3, 4: 1}),
    case("padding reflect", "Padding", {0: 1, 1: 2, 2: 1, 3: 3, 4: 2}),
    case("padding 2-D", "Padding", {0: 1, 1: 2, 2: 1, 3: 3, 4: 0}, shapes=[(6, 5)]),
    case("nearest", "Interp", {0: 1, 1: 2.0, 2: 2.0}),
    case("nearest size", "Interp", {0: 1, 3: 5, 4: 11}),
    case("bilinear", "Interp", {0: 2, 1: 2.0, 2: 3.0}),
    case("bilinear smaller", "Interp", {0: 2, 3: 5, 4: 4}),
    case("bicubic", "Interp", {0: 3, 1: 2.0, 2: 2.0}),
    *[case(f"reduction {op}", "Reduction", {0: op, 1: 0, 3: (1, 2), 5: 1}, domain=(0.5, 1.5)) for op in range(11)],
    case("reduction all", "Reduction", {0: 3, 1: 1, 2: 2.0}),
    case("reduction keep", "Reduction", {0: 0, 1: 0, 3: (0,), 4: 1, 5: 1}),
    case("split", "Split", tops=2),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "params", "blobs", "shapes", "tops", "domain"), CASES)
def test_layer_is_that_of_ncnn(kind, params, blobs, shapes, tops, domain):
    graph = single_layer(kind, shapes, params, blobs, tops)
    rng = np.random.default_rng(7)
    inputs = {f"in{i}": rng.uniform(*domain, (2, *shape)).astype(np.float32) for i, shape in enumerate(shapes)}
    peer = run_ncnn(graph, inputs)
    ours = run_float(graph, inputs)
    assert ours.keys() == peer.keys()
    for name, expected in peer.items():
        assert ours[name].shape == expected.shape
        assert ours[name].dtype == np.float32
        np.testing.assert_allclose(ours[name], expected, rtol=2e-5, atol=2e-5)


def net():
    return Graph([
        input_layer("x", MAP),
        layer("Split", ["x"], ["a", "b"]),
        layer("ReLU", ["a"], ["r"]),
        layer("MemoryData", [], ["m"], {0: W, 1: H, 2: C}, [weights(*MAP)]),
        layer("BinaryOp", ["r", "m"], ["sum"], {0: 0}),
        layer("Eltwise", ["sum", "b"], ["y"], {0: 1}),
    ])  # fmt: skip


def test_constants_run_along_the_batch_and_kept_blobs_come_back():
    x = weights(3, *MAP, seed=9)
    blobs = run_float(net(), x, keep="all")
    assert set(blobs) == {"x", "a", "b", "r", "m", "sum", "y"}
    np.testing.assert_allclose(blobs["y"], np.maximum(x, 0) + weights(*MAP) + x, rtol=1e-6)
    assert set(run_float(net(), x)) == {"y"}
    assert set(run_float(net(), {"x": x}, keep={"r"})) == {"r"}
    np.testing.assert_array_equal(run_float(net(), x[1:2])["y"], blobs["y"][1:2])


def test_what_cannot_be_run_is_named():
    with pytest.raises(SpnnError, match="no blob 'nowhere'"):
        run_float(net(), weights(1, *MAP), keep={"nowhere"})
    with pytest.raises(SpnnError, match="no array for input 'x'"):
        run_float(net(), {"z": weights(1, *MAP)})
    with pytest.raises(SpnnError, match=r"layer 'BinaryOp_sum'.*cannot be run on \(4, 9, 6\)"):
        run_float(net(), weights(1, C, H, W - 1))
    with pytest.raises(SpnnError, match="type ROIPooling cannot be run"):
        run_float(Graph([input_layer("x", MAP), layer("ROIPooling", ["x"], ["y"])]), weights(1, *MAP))


@pytest.mark.parametrize(("kind", "params"), [
    ("Padding", {0: 30_000, 1: 30_000, 2: 30_000, 3: 30_000}),
    ("Interp", {0: 2, 3: 100_000, 4: 100_000}),
    ("Deconvolution", {0: 2, 1: 1, 3: 50_000, 6: 2 * C}),
    ("Convolution", {0: 2, 1: 1, 4: 100_000, 6: 2 * C}),
])  # fmt: skip
def test_a_result_too_large_is_refused_before_it_takes_memory(kind, params):
    blobs = [weights(2, C)] if 6 in params else []
    graph = Graph([input_layer("x", MAP), layer(kind, ["x"], ["y"], params, blobs)])
    with pytest.raises(SpnnError, match=rf"layer '{kind}_y' .*more than 268,435,456 values"):
        run_float(graph, weights(1, *MAP))
