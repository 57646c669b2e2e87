"""Remove a Reshape to a vector behind global pooling, which already gives one (docs/spnn-format.md §3.6)."""

from __future__ import annotations

from spnn.format.values import get_int
from spnn.passes.network import Network

_ABSENT = -233


def eliminate_reshape_after_global_pooling(network: Network) -> None:
    """Only a Reshape with nothing but a width; what that width is does not matter to the tool."""
    for pooling in network.layers("Pooling"):
        reshape = network.follower(pooling, "Reshape")
        if reshape is None or not get_int(pooling, "global_pooling"):
            continue
        if get_int(reshape, "rh") == get_int(reshape, "rc") == _ABSENT and not get_int(reshape, "permute"):
            network.log.line(f"eliminate_reshape_after_global_pooling {pooling.name} {reshape.name}")
            network.absorb(pooling, reshape)
