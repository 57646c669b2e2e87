"""Remove a Flatten behind global pooling, which already gives a vector (docs/spnn-format.md §3.6)."""

from __future__ import annotations

from spnn.format.values import get_int
from spnn.passes.network import Network


def eliminate_flatten_after_global_pooling(network: Network) -> None:
    """Any Flatten that takes the output of global pooling."""
    for pooling in network.layers("Pooling"):
        flatten = network.follower(pooling, "Flatten")
        if flatten is not None and get_int(pooling, "global_pooling"):
            network.log.line(f"eliminate_flatten_after_global_pooling {pooling.name} {flatten.name}")
            network.absorb(pooling, flatten)
