"""Blobs of one and two dimensions, where the tool's ncnn of 2020 differs from today's."""

import numpy as np
import pytest
from spnn.calibrate.weight_rows import weight_scales
from spnn.format.graph import Graph
from spnn.format.table import Table
from spnn.format.values import get_ints
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.run.board import load_twin
from spnn.run.float import run_float
from spnn_peer import input_layer, layer

RNG = np.random.default_rng(3)


def weights(*shape):
    return RNG.normal(0, 0.3, shape).astype(np.float32)


def network(shape, *layers):
    return optimize(Graph([input_layer("x", shape), *layers]))


@pytest.mark.parametrize("axis", [0, -1, 2])
def test_the_only_axis_of_a_vector_is_taken_whatever_its_number(axis):
    graph = network(
        (6,),
        layer("Slice", ["x"], ["a", "b"], {0: (2, -233), 1: axis}),
        layer("Concat", ["b", "a"], ["c"], {0: axis}),
        layer("Softmax", ["c"], ["y"], {0: axis}),
    )
    x = weights(2, 6)
    blobs = run_float(graph, x, keep="all")
    np.testing.assert_array_equal(blobs["c"], np.concatenate([x[:, 2:], x[:, :2]], axis=1))
    np.testing.assert_allclose(blobs["y"].sum(axis=1), 1, rtol=1e-6)
    assert get_ints(graph.layers[-1], "output_shapes") == (1, 6, 1, 1)


def products(bottom, top, inputs, outputs):
    return layer("InnerProduct", [bottom], [top], {0: outputs, 2: inputs * outputs}, [weights(outputs, inputs)])


@pytest.mark.parametrize(
    ("shape", "layers", "seen"),
    [
        # The sum of two vectors is 40 wide, not 40 channels deep: the weights behind it lie in another order.
        (
            (40,),
            [
                layer("Split", ["x"], ["a", "b"]),
                layer("ReLU", ["a"], ["c"], {0: 0.5}),
                layer("BinaryOp", ["c", "b"], ["d"]),
                products("d", "y", 40, 10),
            ],
            (3, 40, 1, 1),
        ),
        ((35, 6), [layer("ReLU", ["x"], ["a"], {0: 0.5}), products("a", "y", 210, 10)], (2, 6, 35, 1)),
        ((35, 6), [products("x", "y", 210, 10)], (2, 6, 35, 1)),
    ],
)
def test_an_inner_product_reads_its_weights_as_quantize_ordered_them(shape, layers, seen):
    graph = network(shape, *layers)
    assert get_ints(graph.layers[-1], "input_shapes") == seen
    x = weights(4, *shape)
    floats = run_float(graph, x, keep="all")
    scales = {name: 127 / float(np.abs(values).max()) for name, values in floats.items()}
    board = load_twin(quantize(graph, Table(weight_scales(graph), scales))).run(x)["y"]
    assert np.abs(board - floats["y"]).max() < 0.03 * np.abs(floats["y"]).max()


def test_an_eltwise_has_three_dimensions_as_its_hint_says():
    graph = network((6, 4), layer("Split", ["x"], ["a", "b"]), layer("Eltwise", ["a", "b"], ["y"], {0: 1}))
    assert get_ints(graph.layers[-1], "output_shapes") == (3, 4, 6, 1)
    assert run_float(graph, weights(2, 6, 4))["y"].shape == (2, 1, 6, 4)
