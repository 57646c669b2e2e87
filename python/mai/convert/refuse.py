"""Make the error for a network that the board cannot run."""

from __future__ import annotations

from spnn.format.graph import Layer

from mai.errors import MaiError


def refuse(layer: Layer, why: str, advice: str) -> MaiError:
    """The MaiError `layer_unsupported` for a layer that the board cannot run as intended."""
    return MaiError(
        "layer_unsupported",
        layer=layer.name,
        type=layer.type,
        reason=why,
        advice=advice,
    )
