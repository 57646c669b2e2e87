"""Layers that change nothing: Dropout of scale 1, 1x1 Pooling, Noop (§3.5)."""

from __future__ import annotations

from mai.spnn.graph import Layer
from mai.spnn.optimize.network import Network
from mai.spnn.read_values import get_float, get_int


def eliminate_dropout(network: Network) -> None:
    """Only behind a layer with a single output (the tool looks for no other)."""
    for dropout in network.layers("Dropout"):
        maker = network.maker(dropout.bottoms[0])
        if get_float(dropout, "scale") == 1 and maker is not None and len(maker.tops) == 1:
            network.log.line(f"eliminate_dropout {maker.name} {dropout.name}")
            network.absorb(maker, dropout)


def eliminate_pooling1x1(network: Network) -> None:
    """A window of one pixel, moved pixel by pixel, without padding."""
    for pooling in network.layers("Pooling"):
        maker = network.maker(pooling.bottoms[0])
        if maker is not None and _is_identity(pooling):
            network.log.line(f"eliminate_pooling1x1 {maker.name} {pooling.name}")
            network.rename_output(maker, pooling.bottoms[0], pooling.tops[0])
            network.remove(pooling)


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


def _is_identity(pooling: Layer) -> bool:
    if get_int(pooling, "global_pooling"):
        return False
    if any(get_int(pooling, pad) for pad in ("pad_left", "pad_right", "pad_top", "pad_bottom")):
        return False
    return all(get_int(pooling, name) == 1 for name in ("kernel_w", "kernel_h", "stride_w", "stride_h"))
