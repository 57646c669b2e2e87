"""Turn a Reshape to one row of n numbers (1×n) into one to a vector of n, which an InnerProduct expects."""

from __future__ import annotations

from spnn.format.values import drop_params, get_int
from spnn.passes.network import Network

ABSENT = -233
VECTOR_USERS = ("InnerProduct", "Softmax", "ReLU", "Dropout")


def flatten_reshape(network: Network) -> None:
    """pnnx keeps the batch as a row where the network begins with Flatten."""
    for layer in network.layers("Reshape"):
        if get_int(layer, "rh") != 1 or get_int(layer, "rc") != ABSENT:
            continue
        user = network.user(layer.tops[0])
        if user is not None and user.type in VECTOR_USERS:
            drop_params(layer, "rh")
            network.log.line(f"{layer.name}: makes a vector")
