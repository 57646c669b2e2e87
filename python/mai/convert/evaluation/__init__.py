"""Evaluate a converted network on the samples held back: one file per kind of project; the stages are shared."""
