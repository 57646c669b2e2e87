"""Run a float network (as read, or optimised) layer by layer, a batch at a time."""

from spnn.run.float.run import run_float, walk

__all__ = ["run_float", "walk"]
