"""Remove a Reshape before a BinaryOp, which broadcasts a vector of c like 1 x 1 x c (docs/spnn-format.md §3.6)."""

from __future__ import annotations

from spnn.format.values import get_int
from spnn.passes.network import Network


def eliminate_reshape_before_binaryop(network: Network) -> None:
    """Only a Reshape to width 1 and height 1 in front of a BinaryOp of two inputs."""
    for reshape in network.layers("Reshape"):
        user = network.user(reshape.tops[0])
        if user is None or user.type != "BinaryOp" or len(user.bottoms) != 2:
            continue
        if get_int(reshape, "rw") != 1 or get_int(reshape, "rh") != 1 or get_int(reshape, "permute"):
            continue
        network.log.line(f"eliminate_reshape_before_binaryop {reshape.name} {user.name}")
        network.remove(reshape)
        network.rename_input(user, reshape.tops[0], reshape.bottoms[0])
