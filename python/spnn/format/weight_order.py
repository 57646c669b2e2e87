"""Convert int8 weights to and from their order in the `.bin` (docs/spnn-format.md §4.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

_OUTPUTS_PER_GROUP = 8
_INPUTS_PER_GROUP = 32


def direct_order(weights: np.ndarray) -> np.ndarray:
    """(k, c, kh, kw) to one dimension: groups of 8 k, groups of 32 c, kh, kw, k in group, c in group."""
    outputs, inputs, height, width = weights.shape
    if _whole_groups(weights.shape):  # one transposition
        groups = (-1, _OUTPUTS_PER_GROUP, inputs // _INPUTS_PER_GROUP, _INPUTS_PER_GROUP, height, width)
        return weights.reshape(groups).transpose(0, 2, 4, 5, 1, 3).reshape(-1)
    parts = [
        weights[k : k + _OUTPUTS_PER_GROUP, c : c + _INPUTS_PER_GROUP].transpose(2, 3, 0, 1).reshape(-1)
        for k in range(0, outputs, _OUTPUTS_PER_GROUP)
        for c in range(0, inputs, _INPUTS_PER_GROUP)
    ]
    return np.concatenate(parts) if parts else weights.reshape(-1)


def image_order(weights: np.ndarray) -> np.ndarray:
    """(k, c, kh, kw) to one dimension, for a layer that reads the photo: groups of 8 k, kh, k in group, kw, c."""
    parts = [
        weights[k : k + _OUTPUTS_PER_GROUP].transpose(2, 0, 3, 1).reshape(-1)
        for k in range(0, weights.shape[0], _OUTPUTS_PER_GROUP)
    ]
    return np.concatenate(parts) if parts else weights.reshape(-1)


def from_direct_order(data: np.ndarray, shape: tuple[int, int, int, int]) -> np.ndarray:
    """The inverse of direct_order."""
    if _whole_groups(shape):
        _, inputs, height, width = shape
        groups = (-1, inputs // _INPUTS_PER_GROUP, height, width, _OUTPUTS_PER_GROUP, _INPUTS_PER_GROUP)
        return data.reshape(groups).transpose(0, 4, 1, 5, 2, 3).reshape(shape)
    return _inverse(data, shape, direct_order)


def from_image_order(data: np.ndarray, shape: tuple[int, int, int, int]) -> np.ndarray:
    """The inverse of image_order."""
    return _inverse(data, shape, image_order)


def _whole_groups(shape: tuple[int, ...]) -> bool:
    return shape[0] % _OUTPUTS_PER_GROUP == 0 and shape[1] % _INPUTS_PER_GROUP == 0 and 0 not in shape


def _inverse(
    data: np.ndarray, shape: tuple[int, int, int, int], order: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    weights = np.empty_like(data)
    weights[_positions(shape, order)] = data
    return weights.reshape(shape)


@lru_cache(maxsize=64)
def _positions(shape: tuple[int, int, int, int], order: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Where each value of the ordered weights belongs; the same networks are read again and again."""
    return order(np.arange(np.prod(shape), dtype=np.int32).reshape(shape))
