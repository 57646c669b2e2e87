"""Which epoch's weights are kept: the IDE's saveMethod and validateMatrix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mai.config import Metric, SaveMethod

# validateMatrix → key in an epoch's metrics, and whether more is better
METRIC_KEYS: dict[Metric, tuple[str, bool]] = {
    "val_accuracy": ("val_acc", True),
    "val_loss": ("val_loss", False),
    "mAP": ("mAP", True),
}


@dataclass
class Keeper:
    """Remembers whose weights are kept. `value` is the metric as people read it (percent or loss)."""

    metric: Metric
    method: SaveMethod
    max_epoch: int
    epoch: int = 0  # kept
    value: float | None = None
    best_epoch: int = 0  # the best that counts, whatever is kept: early stopping goes by it
    rank: tuple[float, float] | None = None

    def offer(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        """True if the weights of this epoch take the place of those kept so far."""
        rank = self._rank(metrics)
        better = self.counts(epoch) and (self.rank is None or rank > self.rank)
        if better:
            self.best_epoch, self.rank = epoch, rank
        # Something must be kept from the first epoch on, so that a stopped job can be resumed.
        keep = better or self.method == "last" or (self.rank is None and self.epoch < epoch)
        if keep:
            self.epoch, self.value = epoch, metrics.get(METRIC_KEYS[self.metric][0])
        return keep

    def counts(self, epoch: int) -> bool:
        return epoch >= self.first_epoch()

    def first_epoch(self) -> int:
        """best_one_of_third looks at the epochs after the first third, best_one_of_half after the half."""
        part = {"best_one_of_third": 3, "best_one_of_half": 2}.get(self.method)
        return self.max_epoch // part + 1 if part else 0

    def state(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "value": self.value, "best_epoch": self.best_epoch, "rank": self.rank}

    def restore(self, saved: Mapping[str, Any]) -> None:
        self.epoch, self.value = saved["epoch"], saved["value"]
        self.best_epoch, self.rank = saved["best_epoch"], saved["rank"]

    def _rank(self, metrics: Mapping[str, float]) -> tuple[float, float]:
        # Few validation photos make equal accuracies common: the loss then decides.
        key, more = METRIC_KEYS[self.metric]
        value, loss = metrics.get(key, math.nan), metrics.get("val_loss", 0.0)
        if math.isnan(value):
            return (-math.inf, -loss)
        return (value if more else -value, -loss)
