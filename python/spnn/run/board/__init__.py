"""The board twin: compute the board's answers, bit for bit as far as its arithmetic is known."""

from spnn.run.board.options import VARIANTS, SimulateOptions
from spnn.run.board.twin import Twin, load_twin, simulate

__all__ = ["VARIANTS", "SimulateOptions", "Twin", "load_twin", "simulate"]
