"""A Reshape to one row of n numbers (1×n) → to a vector of n, as an InnerProduct expects."""

from __future__ import annotations

from spnn.format.graph import Graph
from spnn.format.values import drop_params, get_int

ABSENT = -233
VECTOR_USERS = ("InnerProduct", "Softmax", "ReLU", "Dropout")


def flatten_reshape(graph: Graph) -> list[str]:
    """pnnx keeps the batch as a row where the network begins with Flatten."""
    done = []
    consumers = graph.consumers()
    for layer in graph.layers:
        if layer.type != "Reshape" or get_int(layer, "rh") != 1 or get_int(layer, "rc") != ABSENT:
            continue
        users = consumers.get(layer.tops[0], [])
        if users and all(user.type in VECTOR_USERS for user in users):
            drop_params(layer, "rh")
            done.append(f"{layer.name}: makes a vector")
    return done
