"""A Reshape to one row of n numbers (1×n) → to a vector of n, as an InnerProduct expects."""

from __future__ import annotations

from spnn.format.graph import Graph

ABSENT = -233
VECTOR_USERS = ("InnerProduct", "Softmax", "ReLU", "Dropout")


def flatten_reshape(graph: Graph) -> list[str]:
    """pnnx keeps the batch as a row where the network begins with Flatten."""
    done = []
    consumers = graph.consumers()
    for layer in graph.layers:
        if layer.type != "Reshape" or layer.int(1, ABSENT) != 1 or layer.int(2, ABSENT) != ABSENT:
            continue
        users = consumers.get(layer.tops[0], [])
        if users and all(user.type in VECTOR_USERS for user in users):
            del layer.params[1]
            done.append(f"{layer.name}: makes a vector")
    return done
