"""Register the function that computes each layer type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.graph import Layer

Kernel = Callable[[Layer, Sequence[Tensor]], Tensor | list[Tensor]]
"""Tops of a layer from its bottoms. Blobs are float32 with the batch in front: (n, w), (n, h, w)
or (n, c, h, w), as ncnn's one to three dimensions. A kernel never writes into its bottoms."""
Registered = TypeVar("Registered", bound=Kernel)

_kernels: dict[str, Kernel] = {}
_IMPOSSIBLE = (RuntimeError, ValueError, IndexError, ZeroDivisionError, OverflowError, TypeError)


def kernel(*types: str) -> Callable[[Registered], Registered]:
    """Register the function for these layer types."""

    def register(function: Registered) -> Registered:
        for name in types:
            _kernels[name] = function
        return function

    return register


def supported(layer_type: str) -> bool:
    """Whether a layer type can be computed."""
    return layer_type in _kernels


def compute(layer: Layer, bottoms: Sequence[Tensor]) -> list[Tensor]:
    """Tops of `layer`. Raises SpnnError with the layer's name where they cannot be computed."""
    function = _kernels.get(layer.type)
    if function is None:
        raise SpnnError(f"layer {layer.name!r}: a layer of type {layer.type} cannot be run")
    with naming(layer, bottoms):
        tops = function(layer, bottoms)
    return [tops] if isinstance(tops, Tensor) else tops


@contextmanager
def naming(layer: Layer, bottoms: Sequence[Tensor]) -> Iterator[None]:
    """Turn errors of torch and numpy about impossible shapes and parameters into SpnnError with the layer's name."""
    try:
        yield
    except _IMPOSSIBLE as error:
        shapes = ", ".join(str(tuple(bottom.shape[1:])) for bottom in bottoms) or "no input"
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SpnnError(f"layer {layer.name!r} ({layer.type}) cannot be run on {shapes}: {reason}") from error


def weights(layer: Layer, index: int) -> Tensor:
    """Block `index` of the layer's `.bin` as a flat float32 tensor."""
    # A copy: blocks of a file are read-only, which torch does not know.
    return torch.from_numpy(np.array(layer.blobs[index].values, np.float32))


def per_channel(values: Tensor, like: Tensor) -> Tensor:
    """One value per outermost extent (w, h or c), shaped to broadcast over `like`."""
    return values.reshape(1, -1, *[1] * (like.ndim - 2))


def only_axis(axis: int, x: Tensor) -> int:
    """As batch_axis, for Concat, Slice and Softmax: of a vector ncnn takes its one axis, whatever `axis` says."""
    return 1 if x.ndim == 2 else batch_axis(axis, x)


def batch_axis(axis: int, x: Tensor) -> int:
    """ncnn's axis (0 = outermost of the blob, negative from the end) as an axis of the batched tensor."""
    return axis + 1 if axis >= 0 else x.ndim + axis
