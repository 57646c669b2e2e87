"""Choose the hardware details that docs/spnn-format.md §6 leaves open; each default is the likely value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spnn.errors import SpnnError

Rounding = Literal["half_away", "half_up", "floor"]


@dataclass(frozen=True, slots=True)
class SimulateOptions:
    """The defaults are those of NVDLA nv_small, which public sources name as the V831's NPU."""

    rounding: Rounding = "half_away"
    """How a right shift drops bits: to nearest with halves away from zero or up, or not at all."""
    saturate_min: int = -128
    """Lower end of 8 bits: -128 or -127."""
    pool_rounding: Literal["after", "before"] = "after"
    """Whether an average is rounded to a whole number only after, or also before its output multiplier."""
    pool_divisor: Literal["covered", "kernel"] = "covered"
    """What the average of a window that hangs over the border is divided by."""

    def __post_init__(self) -> None:
        allowed = {
            "rounding": ("half_away", "half_up", "floor"), "saturate_min": (-128, -127),
            "pool_rounding": ("after", "before"), "pool_divisor": ("covered", "kernel"),
        }  # fmt: skip
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                choices = ", ".join(map(str, values))
                raise SpnnError(f"{name} is {getattr(self, name)!r}: choose one of {choices}")


VARIANTS: dict[str, SimulateOptions] = {
    "halves up": SimulateOptions(rounding="half_up"),
    "saturation at -127": SimulateOptions(saturate_min=-127),
    "averages rounded first": SimulateOptions(pool_rounding="before"),
    "averages over the whole kernel": SimulateOptions(pool_divisor="kernel"),
}
"""The plausible alternatives to the default, one at a time. A sound network gives the same answers with each."""
