"""Blobs of one and two dimensions, where the tool's ncnn of 2020 differs from today's."""

import numpy as np
import pytest
from mai.spnn.forward import run_float
from mai.spnn.graph import Graph
from mai.spnn.optimize import optimize
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
    assert graph.layers[-1].ints(30) == (1, 6, 1, 1)
