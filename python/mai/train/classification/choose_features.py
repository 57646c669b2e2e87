"""Which features of EfficientNet-Lite0 the head reads, chosen by cross-validation.

Animals and things are distinguished best by the last ones, digits and signs by those behind block 11
(docs/recipes/classification.md § Features of the instant model).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mai.models.efficientnet_lite import FEATURES, LAST_FEATURES, Reads
from mai.quality.accuracy import label_mean, label_mean_error
from mai.train.engine.uneven import small_labels
from mai.train.features.linear_head import CrossValidation, LinearHead, cross_validate, fit_head, spread

COLUMNS: dict[Reads, tuple[slice, ...]] = {
    "last": (slice(0, LAST_FEATURES),),
    "block11": (slice(LAST_FEATURES, None),),
    "both": (slice(0, LAST_FEATURES), slice(LAST_FEATURES, None)),
}
READS: tuple[Reads, ...] = tuple(COLUMNS)
SURE = 2.0  # standard errors


@dataclass(frozen=True)
class Choice:
    """What the head is to read, and its cross-validation over all samples."""

    reads: Reads
    checked: CrossValidation


def choose_features(
    features: Tensor,
    labels: Tensor,
    classes: int,
    train: Tensor,
    seed: int,
    among: Sequence[Reads] = READS,
    groups: Tensor | None = None,
) -> Choice:
    """The way to read `features` (float32 [N, 1664]) by which the samples of `train` (rows) are the likeliest.

    The samples held back have no say, since the accuracy on them is reported. `groups` (int64 [N]): samples of one
    number are held out together.
    """
    checked = {reads: cross_validate(reading(features, reads), labels, classes, seed, groups) for reads in among}
    return choose_among(checked, labels, train)


def choose_among(checked: Mapping[Reads, CrossValidation], labels: Tensor, train: Tensor) -> Choice:
    """As `choose_features`, of what was cross-validated before."""
    among = list(checked)
    lost = {reads: _lost(one, labels)[train] for reads, one in checked.items()}
    single: list[Reads] = [reads for reads in among if reads != "both"] or ["both"]
    best: Reads = min(single, key=lambda reads: label_mean(lost[reads], labels[train]))
    if "both" in among:
        # More features take more of the board's time and fit by chance more easily: only where it is no chance.
        gain = lost[best] - lost["both"]
        if label_mean(gain, labels[train]) > gain.std().item() / len(gain) ** 0.5:
            best = "both"
        elif small_labels(labels[train].bincount().tolist()) and not _surely(best, lost, labels[train]):
            best = "both"  # so few samples choose by chance, and both are better than the wrong ones
    return Choice(best, checked[best])


def _surely(best: Reads, lost: Mapping[Reads, Tensor], labels: Tensor) -> bool:
    """Whether every other single way is worse by twice the standard error."""
    worse = [losses - lost[best] for reads, losses in lost.items() if reads not in (best, "both")]
    return all(label_mean(more, labels) > SURE * label_mean_error(more, labels) for more in worse)


def reading(features: Tensor, reads: Reads) -> Tensor:
    """The features that the head reads, each part divided by its spread so that none outweighs the other."""
    return torch.cat([features[:, part] for part in COLUMNS[reads]], 1) / _divisor(features, reads)


def fit_reading(features: Tensor, labels: Tensor, classes: int, penalty: float, reads: Reads) -> LinearHead:
    """A head for all columns of `features`; its weights are zero where it does not read."""
    head = fit_head(reading(features, reads), labels, classes, penalty)
    weight = torch.zeros(classes, features.shape[1])
    weight[:, _columns(reads)] = head.weight / _divisor(features, reads)
    return LinearHead(weight, head.bias)


def reduced(head: LinearHead, reads: Reads) -> LinearHead:
    """The head without the columns that it does not read: the last layer of its network."""
    return LinearHead(head.weight[:, _columns(reads)].contiguous(), head.bias)


def _columns(reads: Reads) -> Tensor:
    return torch.cat([torch.arange(FEATURES["both"])[part] for part in COLUMNS[reads]])


def _divisor(features: Tensor, reads: Reads) -> Tensor:
    """float32, one for each column that is read."""
    parts = [features[:, part] for part in COLUMNS[reads]]
    return torch.cat([spread(part - part.mean(0)).expand(part.shape[1]) for part in parts])


def _lost(checked: CrossValidation, labels: Tensor) -> Tensor:
    return F.nll_loss(checked.probabilities.clamp_min(1e-9).log(), labels, reduction="none")
