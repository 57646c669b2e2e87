"""Find the output below which a classifier should say "none of these": few samples of its labels lie below.

Split conformal prediction (Vovk, Gammerman, Shafer, "Algorithmic learning in a random world", 2005; arXiv 1612.01404):
of n samples that the network has not learnt from, the threshold is the ⌊0.05 (n + 1)⌋th smallest score. A new sample
of the labels then keeps its name in at least 95 of 100 cases, on average over all such sets of samples, and in at most
1 / (n + 1) more. The score is the largest raw output (arXiv 1911.11132), because the board's program has only that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT = 0.95  # share of new samples of the labels that shall keep their name
FEWEST = math.ceil(1 / (1 - KEPT) - 1e-9) - 1  # with fewer samples no score can promise that


def scores_of(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """The largest raw output (before Softmax) of each sample; `outputs` (n, …)."""
    scores = np.asarray(outputs, np.float64)
    return scores.max(axis=tuple(range(1, scores.ndim)))


def threshold_of(scores: NDArray[np.float64]) -> float | None:
    """Of scores of samples not learnt from (n,); a lower score than this is "none of these". None: too few of them."""
    if len(scores) < FEWEST or not np.isfinite(scores).all():
        return None
    rank = math.floor((1 - KEPT) * (len(scores) + 1) + 1e-9)
    return float(np.sort(scores)[rank - 1])


def describe(outputs: NDArray[np.floating], scenes: Sequence[int]) -> dict[str, Any]:
    """For the report: `threshold` of a network's outputs for samples that it has not learnt from, None if too few.

    Photos of one scene score alike, so the first of each counts alone: `checked` of at least `needed`.
    """
    _, first = np.unique(np.asarray(scenes), return_index=True)
    scores = scores_of(outputs)[np.sort(first)]
    found = threshold_of(scores)
    return {
        "threshold": None if found is None else round(found, 4), "kept_percent": round(100 * KEPT),
        "checked": len(scores), "needed": FEWEST,
    }  # fmt: skip
