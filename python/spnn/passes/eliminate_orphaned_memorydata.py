"""Remove a constant that nothing uses (docs/spnn-format.md §3.6)."""

from __future__ import annotations

from spnn.passes.network import Network


def eliminate_orphaned_memorydata(network: Network) -> None:
    """MemoryData without a user."""
    for layer in network.layers("MemoryData"):
        if network.user(layer.tops[0]) is None:
            network.log.line(f"eliminate_orphaned_memorydata {layer.name}")
            network.remove(layer)
