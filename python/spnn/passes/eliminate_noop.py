"""Remove a Noop, which changes nothing (docs/spnn-format.md §3.5)."""

from __future__ import annotations

from spnn.passes.network import Network


def eliminate_noop(network: Network) -> None:
    """A Noop without inputs just goes; else only behind a layer with a single output."""
    for noop in network.layers("Noop"):
        if not noop.bottoms:
            network.log.line(f"eliminate_noop {noop.name}")
            network.remove(noop)
            continue
        maker = network.maker(noop.bottoms[0])
        if maker is None or len(maker.tops) != 1:
            continue
        network.log.line(f"eliminate_noop {maker.name} {noop.name}")
        if noop.tops:
            network.rename_output(maker, noop.bottoms[0], noop.tops[0])
        network.remove(noop)
