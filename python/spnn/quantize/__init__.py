"""quantize: compute the weights, multipliers and scales of an int8 model (docs/spnn-format.md §4)."""

from spnn.quantize.run import quantize

__all__ = ["quantize"]
