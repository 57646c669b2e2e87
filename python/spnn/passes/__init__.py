"""optimize: fold, drop and replace layers, then write down all shapes (docs/spnn-format.md §3)."""

from spnn.passes.run import optimize

__all__ = ["optimize"]
