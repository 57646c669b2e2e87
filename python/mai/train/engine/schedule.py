"""Learning rate over a training, as a pure function of the epochs done."""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[float], float]


def warmup_cosine(max_epoch: int, warmup: float = 1.0, floor: float = 0.01) -> Schedule:
    """Linear warm-up, then half a cosine down to `floor` (SGDR without restarts, arXiv 1608.03983).

    Takes epochs done as a fraction (2.5: half of the third epoch), returns the factor on
    the base rate. In epochs and not in steps, so that it holds when the batch is halved,
    and stateless, so that a resumed training needs nothing but its epoch.
    `warmup` is cut to a fifth of a short training.
    """
    warmup = min(warmup, max_epoch / 5)

    def factor(done: float) -> float:
        if done < warmup:
            return max(done / warmup, 0.02)
        share = (done - warmup) / max(max_epoch - warmup, 1e-9)
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))

    return factor
