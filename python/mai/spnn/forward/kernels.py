"""All kernels: importing this module registers every layer type that can be run."""

from mai.spnn.forward import (
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
