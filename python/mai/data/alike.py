"""Find samples that are nearly the same: copies, frames of a burst, photos of one scene.

Every sample has a signature: a vector whose scalar product with another's says how similar the two are. Samples that
are similar enough belong together, and so do samples similar to one of those (single linkage): a burst is a chain.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

# Signatures are whole numbers of this length. No sum of their products leaves the 24 bits of a float32, so
# it is exact: every machine and any number of threads find the same groups, and a training can resume anywhere.
LENGTH = 2048
NOTHING = 1e-3  # shorter vectors are what rounding left of a plain photo or a silent clip
BLOCK = 256  # samples compared at once with all the others
NEIGHBOURS = 8  # looked at of each sample, the nearest first

Rows = NDArray[np.int64]
Confirm = Callable[[Rows, Rows], NDArray[np.bool_]]


def signatures(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    """Vectors [N, D] scaled to the same length. Samples without content match nothing, not even each other."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled = vectors / np.where(lengths > NOTHING, lengths, np.inf) * LENGTH
    return np.trunc(scaled).astype(np.float32)


def linked(marks: NDArray[np.float32], near: float, confirm: Confirm | None = None) -> Rows:
    """int64 [N]: for every sample the lowest row of its group. `marks` as from `signatures`, `near` is a cosine.

    `confirm` checks pairs (two lists of rows) in detail: at most NEIGHBOURS per sample, and none that are already
    in one group.
    """
    nearest = _nearest(marks, near)
    group = np.arange(len(marks))
    for others in nearest.T:
        rows = np.flatnonzero(others >= 0)
        rows = rows[group[rows] != group[others[rows]]]
        if confirm is not None and len(rows):
            rows = rows[confirm(rows, others[rows])]
        for row, other in zip(rows.tolist(), others[rows].tolist(), strict=True):
            low, high = sorted((group[row], group[other]))
            if low != high:
                group[group == high] = low
    return group


def _nearest(marks: NDArray[np.float32], near: float) -> Rows:
    """int64 [N, NEIGHBOURS]: the rows nearest to each, -1 where there is none as near."""
    rows = torch.from_numpy(marks)
    found = np.full((len(marks), NEIGHBOURS), -1)
    for start in range(0, len(marks), BLOCK):
        products = rows[start : start + BLOCK] @ rows.T
        own = torch.arange(len(products))
        products[own, own + start] = -1
        values, others = products.topk(min(NEIGHBOURS, len(marks)), dim=1)
        found[start : start + BLOCK, : values.shape[1]] = torch.where(values >= near * LENGTH**2, others, -1).numpy()
    return found
