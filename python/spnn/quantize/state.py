"""The state that quantize passes from layer to layer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from spnn.errors import SpnnFormatError
from spnn.format.arithmetic import multiplier_and_shift
from spnn.format.graph import Layer
from spnn.format.table import Table
from spnn.log import Log

_LARGEST_MULTIPLIER = 2**15


@dataclass(slots=True)
class State:
    """`image_blob`: output of the first Input. `stopped`: a Convolution failed, so that all later ones stay float."""

    table: Table
    log: Log
    image_blob: str | None
    stopped: bool = False
    index: int = 0
    messages: dict[str, list[str]] = field(default_factory=dict)

    def scale(self, layer: Layer, blob: str) -> np.float32:
        """s(b): the table's scale, 0 where it has none."""
        scale = self.table.scale(blob)
        if blob not in self.table.blob_scales:
            self.log.warn("scale_missing", layer.name, f"the table has no scale for blob {blob}: it counts as 0")
        elif not math.isfinite(scale) or scale <= 0:
            self.log.warn("scale_zero", layer.name, f"blob {blob} has the scale {scale:f}: nothing useful comes of it")
        return scale

    def ratio(self, layer: Layer, value: np.float32) -> tuple[int, int]:
        """(mult, shift) of a float32 ratio, with a warning where 16 bits cannot hold it."""
        mult, shift = multiplier_and_shift(float(value))
        if abs(mult) >= _LARGEST_MULTIPLIER or shift < 0:
            msg = f"the ratio {float(value):g} gives the multiplier {mult} and the shift {shift}"
            self.log.warn("multiplier_overflow", layer.name, msg + ": keep ratios of scales below 16384")
        return mult, shift

    def say(self, group: str, message: str = "") -> None:
        """A line of the tool's log, which is grouped by layer type."""
        lines = self.messages.setdefault(group, [])
        if message:
            lines.append(message)

    def refuse(self, layer: Layer, reason: str) -> SpnnFormatError:
        """An error about the layer at hand, to be raised."""
        return SpnnFormatError(self.index, f"layer {layer.name!r}: {reason}", unit="layer")
