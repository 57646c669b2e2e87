"""Compute the shapes of all blobs as the tool's ncnn (spring 2020) does, without any data."""

from spnn.shapes.infer import infer_shapes
from spnn.shapes.shape import Shape

__all__ = ["Shape", "infer_shapes"]
