"""Measure how often a model notices what belongs to no label: hide one label at a time and ask about its photos.

A head learns the other labels; its threshold (mai.quality.unknown) comes from photos that it answers unseen. How many
photos of the hidden label, which it has never seen, score below that threshold?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mai.quality.accuracy import Measured, measure_alike
from mai.quality.unknown import describe, scores_of
from mai.train.features.folds import stratified_folds
from mai.train.features.linear_head import fit_head, unseen_logits

# limits: it takes half a second for 250 photos of 5 labels, 4 s for 1,000 of 50, on one core of 2.5 GHz
MOST_LABELS = 5
MOST_PHOTOS = 250


@dataclass(frozen=True)
class LeftOut:
    """`right` of `measured` are the photos noticed; `hidden` of the project's `labels` were hidden."""

    measured: Measured
    hidden: int
    labels: int

    def fields(self) -> dict[str, Any]:
        return {**self.measured.fields(), "hidden": self.hidden, "labels": self.labels}


def ask_left_out(
    features: Tensor, labels: Tensor, classes: int, groups: Tensor, penalty: float, seed: int
) -> LeftOut | None:
    """`features` float32 [N, D], `labels` int64 [N], `groups` int64 [N], equal for photos of one scene. Of many photos
    a random part is used.

    None where two labels would not be left, or too few scenes for a threshold.
    """
    rows = _part(labels, seed)
    features, labels, groups = features[rows], labels[rows], groups[rows]
    noticed: list[Tensor] = []
    scenes: list[Tensor] = []
    for hidden in range(min(classes, MOST_LABELS) if classes > 2 else 0):
        known = labels != hidden
        if known.all():
            continue
        own = labels[known] - (labels[known] > hidden).long()
        folds = stratified_folds(own, seed, groups[known])
        outputs = unseen_logits(features[known], own, classes - 1, folds, penalty)
        threshold = describe(outputs.numpy(), groups[known].tolist())["threshold"]
        if threshold is None:
            continue
        head = fit_head(features[known], own, classes - 1, penalty)
        scores = scores_of(head.logits(features[~known]).numpy())
        noticed.append(torch.from_numpy(scores < threshold))
        scenes.append(groups[~known])
    if not noticed:
        return None
    return LeftOut(measure_alike(torch.cat(noticed), torch.cat(scenes).tolist()), len(noticed), classes)


def _part(labels: Tensor, seed: int) -> Tensor:
    """Indices in order of at most MOST_PHOTOS random photos, as even over the labels as can be."""
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(labels), generator=generator)
    rank = torch.empty_like(labels)
    for label in labels.unique():
        own = shuffled[labels[shuffled] == label]
        rank[own] = torch.arange(len(own))
    return shuffled[rank[shuffled].argsort(stable=True)[:MOST_PHOTOS]].sort().values
