"""All kernels: importing this module registers every layer type that can be run."""

from spnn.run.float import (
    activation,
    convolution,
    elementwise,
    normalization,
    pooling,
    rearrange,
    reduction,
    reshape,
    resize,
)

__all__ = [
    "activation",
    "convolution",
    "elementwise",
    "normalization",
    "pooling",
    "rearrange",
    "reduction",
    "reshape",
    "resize",
]
