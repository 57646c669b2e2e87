"""Measure the share of right answers, with every label counting the same, and its range for new samples.

With 150 photos of one label and 6 of another, always answering the first label is right 96 times of 100. So every
label's share counts the same, however many samples it has (balanced accuracy).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mai.quality.ranges import Range, share_range


@dataclass(frozen=True)
class Measured:
    """`share` 0..1 counts every label the same; `range` holds the share of right answers among new samples.

    `right` of `checked` samples is the plain count; `uneven`: the labels have different numbers of samples.
    `independent`: the number of equally weighted samples that would be as informative.
    """

    right: int
    checked: int
    share: float
    independent: float
    uneven: bool

    @property
    def range(self) -> Range:
        return share_range(self.share * self.independent, self.independent)

    def fields(self) -> dict[str, Any]:
        """For events and reports: of 100 new samples, as many of each label, expect `expect_least` to `expect_most`."""
        found = self.range
        return {
            "right": self.right, "checked": self.checked, "uneven": self.uneven,
            "expect_least": round(100 * found.least), "expect_most": round(100 * found.most),
        }  # fmt: skip


def measure(right: Tensor, labels: Tensor, groups: Sequence[int] | None = None, folds: int = 0) -> Measured:
    """`right` bool [N], `labels` int64 [N]; `groups`: samples of one number are not independent of each other.
    `folds`: the answers are of a cross-validation with so many (0: all are of one model that was fitted before).

    The effective number of samples is Kish's, 1 / Σ (share of each group)²: for 24 samples that count alike, 24;
    for 24 in 6 groups of 4, 6; for 30 of one label and 1 of another 3.9, since that one counts as much as the 30.
    """
    weights = label_weights(labels) / max(len(labels), 1)
    apart = torch.arange(len(labels)) if groups is None else torch.tensor(list(groups)).unique(return_inverse=True)[1]
    shares = torch.zeros(len(labels), dtype=torch.float64).index_add_(0, apart, weights.double())
    squared = float(shares.square().sum())
    return Measured(
        right=int(right.sum()), checked=len(labels),
        share=float((right.double() * weights).sum()),
        independent=1 / squared / variance_factor(folds) if squared else 0.0,
        uneven=len(set(_counts(labels))) > 1,
    )  # fmt: skip


def measure_alike(right: Sequence[bool] | Tensor, groups: Sequence[int]) -> Measured:
    """As `measure`, where every sample counts the same, whatever its label."""
    each = torch.as_tensor(right)
    return measure(each, torch.zeros(len(each), dtype=torch.int64), groups)


def variance_factor(folds: int) -> float:
    """How many times as much a share from a cross-validation varies as one from as many independent answers.

    The models of the J folds learn from nearly the same samples and err together: answers correlate by ρ = n₂/(n₁ + n₂)
    = 1/J, n₂ samples being asked and n₁ learnt from, and the variance among them is too small by 1 − ρ (Nadeau &
    Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003), section 3). Their whole correction,
    1 + J·n₂/n₁, compares ways to learn over all training sets; for the one model it makes ranges half as wide again,
    and these hold always (`npm run bench -- truth:ranges`).
    """
    return folds / (folds - 1) if folds > 1 else 1.0


def label_weights(labels: Tensor) -> Tensor:
    """float64 [N], 1 on average: every label that is there has the same sum. Exactly 1 where all are as many."""
    counts = labels.bincount()
    present = int((counts > 0).sum())
    return len(labels) / (present * counts[labels].double())


def label_mean(values: Tensor, labels: Tensor) -> float:
    """Mean over the labels of the mean of each; `values` float [N]."""
    if len(set(_counts(labels))) <= 1:
        return values.mean().item()
    return float((values.double() * label_weights(labels)).mean())


def label_mean_error(values: Tensor, labels: Tensor) -> float:
    """Standard error of `label_mean`; infinite where a label has one sample."""
    some = [values[labels == label].double() for label in labels.unique()]
    if min(map(len, some)) < 2:
        return math.inf
    return math.sqrt(sum(one.var().item() / len(one) for one in some)) / len(some)


def label_means(answers: Tensor, losses: Tensor, labels: Tensor) -> dict[str, float]:
    """val_loss and val_acc (percent) of a validation; answers int64 [N], losses float [N]."""
    return {"val_loss": label_mean(losses, labels), "val_acc": label_mean((answers == labels).float(), labels) * 100}


def _counts(labels: Tensor) -> list[int]:
    return [count for count in labels.bincount().tolist() if count]
