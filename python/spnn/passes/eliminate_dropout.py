"""Remove a Dropout of scale 1, which changes nothing (docs/spnn-format.md §3.5)."""

from __future__ import annotations

from spnn.format.values import get_float
from spnn.passes.network import Network


def eliminate_dropout(network: Network) -> None:
    """Only behind a layer with a single output (the tool looks for no other)."""
    for dropout in network.layers("Dropout"):
        maker = network.maker(dropout.bottoms[0])
        if get_float(dropout, "scale") == 1 and maker is not None and len(maker.tops) == 1:
            network.log.line(f"eliminate_dropout {maker.name} {dropout.name}")
            network.absorb(maker, dropout)
