"""Every pass of optimize: the network answers the same before and after, and the layer is gone."""

import numpy as np
import pytest
from spnn.errors import SpnnFormatError
from spnn.format.graph import Graph
from spnn.log import Log
from spnn.passes import optimize
from spnn.passes.passes import PASSES
from spnn.run.float import run_float
from spnn_peer import input_layer, layer

RNG = np.random.default_rng(7)
SHAPE = (4, 6, 5)


def weights(*shape):
    return RNG.normal(0, 1, shape).astype(np.float32)


def norm(bottom, top, channels=4, eps=1e-5):
    blobs = [weights(channels), weights(channels), np.abs(weights(channels)) + 0.1, weights(channels)]
    return layer("BatchNorm", [bottom], [top], {0: channels, 1: eps}, blobs)


def weighted(kind, bottom, top, bias=True):
    per_output = {"Convolution": 4 * 9, "ConvolutionDepthWise": 9, "Deconvolution": 4 * 9,
                  "DeconvolutionDepthWise": 9, "InnerProduct": 4 * 30}[kind]  # fmt: skip
    size = 4 * per_output
    blobs = [weights(size), *([weights(4)] if bias else [])]
    if kind == "InnerProduct":
        return layer(kind, [bottom], [top], {0: 4, 1: int(bias), 2: size}, blobs)
    params = {0: 4, 1: 3, 4: 1, 5: int(bias), 6: size, **({7: 4} if "DepthWise" in kind else {})}
    return layer(kind, [bottom], [top], params, blobs)


def network(*layers):
    return Graph([input_layer("in", SHAPE), *layers])


def check(graph, log_line, kinds):
    log = Log()
    optimised = optimize(graph, log)
    assert log_line in log.lines
    assert [layer.type for layer in optimised.layers] == ["Input", *kinds]
    given = {"in": weights(2, *SHAPE)}
    before, after = run_float(graph, given), run_float(optimised, given)
    assert before.keys() == after.keys()
    for name, values in before.items():
        np.testing.assert_allclose(after[name].reshape(values.shape), values, rtol=2e-4, atol=2e-4)
    return optimised


KINDS = ("Convolution", "ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise", "InnerProduct")


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_fuse_batchnorm(kind, bias):
    graph = network(weighted(kind, "in", "a", bias), norm("a", "out"))
    optimised = check(graph, f"fuse_{kind.lower()}_batchnorm {kind}_a BatchNorm_out", [kind])
    assert optimised.layers[1].tops == ["out"]
    assert len(optimised.layers[1].blobs) == 2


@pytest.mark.parametrize("shift", [True, False])
def test_fuse_batchnorm_scale(shift):
    scale = layer("Scale", ["a"], ["out"], {0: 4, 1: int(shift)}, [weights(4), *([weights(4)] if shift else [])])
    check(network(norm("in", "a"), scale), "fuse_batchnorm_scale BatchNorm_a Scale_out", ["BatchNorm"])


def test_batchnorm_scale_and_dropout_reach_the_weights():
    scale = layer("Scale", ["b"], ["c"], {0: 4}, [weights(4)])
    dropout = layer("Dropout", ["c"], ["out"], {0: 0.5})
    graph = network(weighted("Convolution", "in", "a"), norm("a", "b"), scale, dropout)
    check(graph, "fuse_batchnorm_scale BatchNorm_b Dropout_out", ["Convolution"])


@pytest.mark.parametrize("factor", [0.25, 1.0])
def test_fuse_innerproduct_dropout(factor):
    graph = network(weighted("InnerProduct", "in", "a"), layer("Dropout", ["a"], ["out"], {0: factor}))
    check(graph, "fuse_innerproduct_dropout InnerProduct_a Dropout_out", ["InnerProduct"])


@pytest.mark.parametrize(
    ("activation", "params", "written"),
    [
        ("ReLU", {}, {9: 1}),
        ("ReLU", {0: 0.25}, {9: 2, 10: (0.25,)}),
        ("Clip", {0: -1.0, 1: 2.0}, {9: 3, 10: (-1.0, 2.0)}),
        ("Sigmoid", {}, {9: 4}),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_fuse_activation(kind, activation, params, written):
    graph = network(weighted(kind, "in", "a"), layer(activation, ["a"], ["out"], params))
    if kind in ("Convolution", "InnerProduct"):
        check(graph, "shape_inference", [kind, activation])
        return
    optimised = check(graph, f"fuse_{kind.lower()}_activation {kind}_a {activation}_out", [kind])
    assert {key: value for key, value in optimised.layers[1].params.items() if key in (9, 10)} == written


def test_a_batchnorm_behind_an_activation_stays():
    graph = network(weighted("ConvolutionDepthWise", "in", "a"), layer("ReLU", ["a"], ["b"]), norm("b", "out"))
    line = "fuse_convolutiondepthwise_activation ConvolutionDepthWise_a ReLU_b"
    check(graph, line, ["ConvolutionDepthWise", "BatchNorm"])


def test_eliminate_identities():
    relu = layer("ReLU", ["in"], ["a"])
    check(network(relu, layer("Dropout", ["a"], ["out"])), "eliminate_dropout ReLU_a Dropout_out", ["ReLU"])
    pooling = layer("Pooling", ["a"], ["out"], {0: 1, 1: 1})
    check(network(relu, pooling), "eliminate_pooling1x1 ReLU_a Pooling_out", ["ReLU"])
    check(network(relu, layer("Noop", ["a"], ["out"])), "eliminate_noop ReLU_a Noop_out", ["ReLU"])


def test_identities_behind_a_split():
    split = layer("Split", ["in"], ["a", "b"])
    dropout, pooling = layer("Dropout", ["a"], ["x"]), layer("Pooling", ["b"], ["y"], {0: 0, 1: 1})
    check(network(split, dropout, pooling), "eliminate_pooling1x1 Split_a Pooling_y", ["Split", "Dropout"])


def test_eliminate_reshapes():
    pooling = layer("Pooling", ["in"], ["a"], {0: 1, 4: 1})
    flatten, reshape = layer("Flatten", ["a"], ["out"]), layer("Reshape", ["a"], ["out"], {0: -1})
    check(network(pooling, flatten), "eliminate_flatten_after_global_pooling Pooling_a Flatten_out", ["Pooling"])
    check(network(pooling, reshape), "eliminate_reshape_after_global_pooling Pooling_a Reshape_out", ["Pooling"])
    product = weighted("InnerProduct", "in", "a")
    line = "eliminate_flatten_after_innerproduct InnerProduct_a Flatten_out"
    check(network(product, flatten), line, ["InnerProduct"])
    kept = network(pooling, layer("Reshape", ["a"], ["out"], {0: 2, 1: 2}))
    check(kept, "shape_inference", ["Pooling", "Reshape"])


def test_eliminate_reshape_before_binaryop():
    layers = [
        layer("Split", ["in"], ["a", "b"]),
        layer("Pooling", ["a"], ["c"], {0: 1, 4: 1}),
        layer("Reshape", ["c"], ["d"], {0: 1, 1: 1, 2: -1}),
        layer("BinaryOp", ["b", "d"], ["out"], {0: 2}),
    ]
    line = "eliminate_reshape_before_binaryop Reshape_d BinaryOp_out"
    assert check(network(*layers), line, ["Split", "Pooling", "BinaryOp"]).layers[-1].bottoms == ["b", "c"]


def test_eliminate_orphaned_memorydata():
    memory = layer("MemoryData", [], ["m"], {0: 3}, [weights(3)])
    log = Log()
    optimised = optimize(network(memory, layer("ReLU", ["in"], ["out"])), log)
    assert [layer.type for layer in optimised.layers] == ["Input", "ReLU"]
    assert "eliminate_orphaned_memorydata MemoryData_m" in log.lines


def test_replace_binaryop_add():
    split = layer("Split", ["in"], ["a", "b"])
    check(network(split, layer("BinaryOp", ["a", "b"], ["out"])), "shape_inference", ["Split", "Eltwise"])


def test_an_add_that_would_broadcast_is_named():
    split, pooling = layer("Split", ["in"], ["a", "b"]), layer("Pooling", ["b"], ["c"], {0: 1, 4: 1})
    log = Log()
    optimize(network(split, pooling, layer("BinaryOp", ["a", "c"], ["out"])), log)
    assert [warning.code for warning in log.warnings] == ["broadcast_add"]


def test_an_input_without_a_shape_is_refused():
    graph = network(layer("ReLU", ["in"], ["out"]))
    graph.layers[0].params = {1: 3, 2: 3}
    with pytest.raises(SpnnFormatError, match="0=width 1=height 2=channels"):
        optimize(graph)


def test_an_empty_result_has_no_hints():
    graph = network(layer("Pooling", ["in"], ["a"], {0: 0, 1: 9, 5: 1}), layer("ReLU", ["a"], ["out"]))
    log = Log()
    optimised = optimize(graph, log)
    assert [sorted(layer.params) for layer in optimised.layers] == [[0, 1, 2, 29, 30], [1, 5], []]
    assert {(warning.code, warning.layer) for warning in log.warnings} == {
        ("shape_unknown", "Pooling_a"),
        ("shape_unknown", "ReLU_out"),
    }


def test_a_layer_without_outputs_behind_an_empty_result_has_no_hints():
    layers = [
        layer("Pooling", ["in"], ["a"], {0: 0, 1: 9, 5: 1}),
        layer("Split", ["a"], ["b", "c"]),
        layer("Noop", ["b"], [], name="end"),
        layer("ReLU", ["c"], ["out"]),
    ]
    assert optimize(network(*layers)).layers[3].params == {}


def test_a_batchnorm_of_other_channels_is_refused():
    graph = network(weighted("Convolution", "in", "a"), norm("a", "out", channels=2))
    with pytest.raises(SpnnFormatError, match="has 2 channels"):
        optimize(graph)


def test_unknown_parameters_are_named():
    log = Log()
    optimize(network(layer("Pooling", ["in"], ["out"], {0: 1, 1: 2, 6: 1})), log)
    assert [(warning.code, warning.layer) for warning in log.warnings] == [("parameter_dropped", "Pooling_out")]


def test_the_list_of_passes_is_the_tools():
    names = [each.name for each in PASSES]
    assert names[:2] == ["fuse_batchnorm_scale", "fuse_batchnorm_dropout"]
    assert names[2] == "fuse_convolution_batchnorm"
    assert names[-1] == "replace_binaryop_add"
    assert len(names) == 20
