"""The board twin: what the board answers, bit for bit as far as its arithmetic is known."""

from mai.spnn.simulate.options import VARIANTS, SimulateOptions
from mai.spnn.simulate.twin import Twin, load_twin, simulate

__all__ = ["VARIANTS", "SimulateOptions", "Twin", "load_twin", "simulate"]
