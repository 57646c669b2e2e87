"""A network of three layers for tests of the passes."""

import numpy as np
from spnn.format.graph import Graph
from spnn_peer import input_layer, layer


def small():
    """in → conv → raw → relu → mid → pool → out"""
    weights = np.arange(4, dtype=np.float32) - 1
    return Graph([
        input_layer("in", (2, 4, 4)),
        layer("Convolution", ["in"], ["raw"], {0: 2, 1: 1, 6: 4}, [weights], name="conv"),
        layer("ReLU", ["raw"], ["mid"], name="relu"),
        layer("Pooling", ["mid"], ["out"], {0: 1, 4: 1}, name="pool"),
    ])  # fmt: skip


def find(network, name):
    return next(each for each in network.layers() if each.name == name)
