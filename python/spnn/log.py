"""Collect the log of optimize and quantize: the vendor's lines, and our own warnings.

A warning names something that the vendor's tool does silently and that makes a network
slower, less exact or wrong. It is data, so that a conversion can refuse such a network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

WarningCode = Literal[
    # optimize
    "activation_ignored",  # a Convolution or InnerProduct carries an activation, which is text only
    "batchnorm_behind_activation",  # ... and a BatchNorm behind it was folded into the weights before it
    "broadcast_add",  # an add of blobs of different shapes became an Eltwise, which cannot broadcast
    "parameter_dropped",  # a parameter that the tool does not know is not written
    "scalar_add",  # an add of a number became an Eltwise of one input: the number is lost
    "shape_unknown",  # an output is empty or its shape cannot be computed: no hints are written
    "three_input_eltwise",  # flagged for the NPU, but not quantised
    # quantize
    "concat_scale",  # an input of a Concat has another scale than its output
    "eltwise_product",  # the tool's scales of a quantised product do not match
    "multiplier_overflow",  # a multiplier that 16 bits cannot hold, or a shift below 0
    "not_quantised",  # weights stay float: no row in the table
    "parameter_rounded",  # %f keeps six decimals: a small parameter changes or becomes 0
    "quantising_stopped",  # ... because an earlier Convolution failed
    "scale_missing",  # a blob that the table does not know counts as scale 0
    "scale_zero",  # a scale is 0, infinite or not a number
    "weight_size",  # the weights do not fit the channels of the input (a 1-D input has one)
]


@dataclass(frozen=True, slots=True)
class ToolWarning:
    """One oddity of the vendor's tool that affects this network."""

    code: WarningCode
    layer: str
    msg: str


@dataclass(slots=True)
class Log:
    """Collects; `echo` (if given) also sees each line and each warning's sentence at once."""

    echo: Callable[[str], None] | None = None
    lines: list[str] = field(default_factory=list)
    warnings: list[ToolWarning] = field(default_factory=list)

    def line(self, text: str) -> None:
        """A line of the vendor's log."""
        self.lines.append(text)
        if self.echo:
            self.echo(text)

    def warn(self, code: WarningCode, layer: str, msg: str) -> None:
        """A warning; the same one about the same layer is kept once."""
        warning = ToolWarning(code, layer, msg)
        if warning not in self.warnings:
            self.warnings.append(warning)
            if self.echo:
                self.echo(f"warning: layer {layer}: {msg} [{code}]")
