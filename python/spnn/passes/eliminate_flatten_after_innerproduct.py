"""Remove a Flatten behind an InnerProduct, which already gives a vector (docs/spnn-format.md §3.6)."""

from __future__ import annotations

from spnn.passes.network import Network


def eliminate_flatten_after_innerproduct(network: Network) -> None:
    """Any Flatten that takes the output of an InnerProduct."""
    for product in network.layers("InnerProduct"):
        flatten = network.follower(product, "Flatten")
        if flatten is not None:
            network.log.line(f"eliminate_flatten_after_innerproduct {product.name} {flatten.name}")
            network.absorb(product, flatten)
