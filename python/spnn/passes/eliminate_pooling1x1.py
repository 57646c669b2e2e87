"""Remove pooling over single pixels, which changes nothing (docs/spnn-format.md §3.5)."""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_int
from spnn.passes.network import Network


def eliminate_pooling1x1(network: Network) -> None:
    """A window of one pixel, moved pixel by pixel, without padding."""
    for pooling in network.layers("Pooling"):
        maker = network.maker(pooling.bottoms[0])
        if maker is not None and _is_identity(pooling):
            network.log.line(f"eliminate_pooling1x1 {maker.name} {pooling.name}")
            network.bypass(pooling)


def _is_identity(pooling: Layer) -> bool:
    if get_int(pooling, "global_pooling"):
        return False
    if any(get_int(pooling, pad) for pad in ("pad_left", "pad_right", "pad_top", "pad_bottom")):
        return False
    return all(get_int(pooling, name) == 1 for name in ("kernel_w", "kernel_h", "stride_w", "stride_h"))
