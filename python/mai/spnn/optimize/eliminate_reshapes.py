"""Flatten and Reshape layers whose input has the wanted shape already (§3.6)."""

from __future__ import annotations

from mai.spnn.graph import Layer
from mai.spnn.optimize.network import Network
from mai.spnn.read_values import get_int

_ABSENT = -233


def eliminate_flatten_after_global_pooling(network: Network) -> None:
    """Global pooling gives a vector."""
    _drop_behind(network, "Pooling", "Flatten", "eliminate_flatten_after_global_pooling")


def eliminate_reshape_after_global_pooling(network: Network) -> None:
    """A Reshape with only a width makes a vector of what is one already."""
    _drop_behind(network, "Pooling", "Reshape", "eliminate_reshape_after_global_pooling")


def eliminate_flatten_after_innerproduct(network: Network) -> None:
    """InnerProduct gives a vector."""
    _drop_behind(network, "InnerProduct", "Flatten", "eliminate_flatten_after_innerproduct")


def eliminate_reshape_before_binaryop(network: Network) -> None:
    """BinaryOp spreads a vector of c like a blob of 1 x 1 x c, so the Reshape to that is not needed."""
    for reshape in network.layers("Reshape"):
        user = network.user(reshape.tops[0])
        if user is None or user.type != "BinaryOp" or len(user.bottoms) != 2:
            continue
        if get_int(reshape, "rw") != 1 or get_int(reshape, "rh") != 1 or get_int(reshape, "permute"):
            continue
        network.log.line(f"eliminate_reshape_before_binaryop {reshape.name} {user.name}")
        network.remove(reshape)
        network.rename_input(user, reshape.tops[0], reshape.bottoms[0])


def _drop_behind(network: Network, kind: str, dropped: str, log_name: str) -> None:
    for layer in network.layers(kind):
        if kind == "Pooling" and not get_int(layer, "global_pooling"):
            continue
        follower = network.follower(layer, dropped)
        if follower is not None and (dropped == "Flatten" or _makes_vector(follower)):
            network.log.line(f"{log_name} {layer.name} {follower.name}")
            network.absorb(layer, follower)


def _makes_vector(reshape: Layer) -> bool:
    given = get_int(reshape, "rh") == _ABSENT and get_int(reshape, "rc") == _ABSENT
    return given and not get_int(reshape, "permute")
