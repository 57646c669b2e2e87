"""Networks that no board could run are refused by the layer's name, in float and as integers."""

import numpy as np
import pytest
from spnn.errors import SpnnError
from spnn.format.graph import Graph
from spnn.format.table import Table
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.run.board import simulate
from spnn.run.float import run_float
from spnn_peer import input_layer, layer

X = np.ones((1, 2, 4, 4), np.float32)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("Pooling", {0: 0, 1: 0}),
        ("Pooling", {0: 1, 1: 2, 2: 0, 5: 2}),
        ("Pooling", {0: 1, 1: 2, 2: 0}),
        ("BatchNorm", {0: 3}),
        ("PReLU", {0: 3}),
        ("Convolution", {0: 1, 1: 1, 2: 0, 6: 2}),
    ],
)
def test_in_integers(kind, params):
    blobs = {"BatchNorm": [np.ones(3)] * 4, "PReLU": [np.ones(3)], "Convolution": [np.ones(2)]}.get(kind, [])
    graph = Graph([input_layer("x", X.shape[1:]), layer(kind, ["x"], ["y"], params, blobs, name="odd")])
    table = Table({"odd": np.ones(1, np.float32)}, {"x": 1.0, "y": 1.0})
    int8 = quantize(optimize(graph), table)
    with pytest.raises(SpnnError, match=rf"^layer 'odd' \({kind}\) cannot be run on \(2, 4, 4\): "):
        simulate(int8, X)


def test_in_float():
    graph = Graph([input_layer("x", X.shape[1:]), layer("Interp", ["x"], ["y"], {0: 1, 1: 3e38, 2: 3e38}, name="odd")])
    with pytest.raises(SpnnError, match="layer 'odd'"):
        run_float(graph, X)
