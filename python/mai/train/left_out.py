"""How often is a thing noticed that belongs to no label? Each label is left out in turn, and is the stranger.

The head learns the other labels; its limit (mai.quality.unknown) comes from photos that it answers unseen. The
photos of the label left out were never learnt: how many stay below the limit?
"""

from __future__ import annotations

import torch
from torch import Tensor

from mai.quality.accuracy import Measured, measure_alike
from mai.quality.unknown import describe, scores_of
from mai.train.folds import stratified_folds
from mai.train.linear_head import fit_head, unseen_logits

MOST_LABELS = 5  # left out: ten heads of 250 photos take 0.3 s each


def ask_left_out(
    features: Tensor, labels: Tensor, classes: int, groups: Tensor, penalty: float, seed: int
) -> Measured | None:
    """`right` are the strangers noticed; float32 [N, D], int64 [N], int64 [N]: photos of one scene.

    None where two labels would not be left, or too few scenes for a limit.
    """
    noticed: list[Tensor] = []
    scenes: list[Tensor] = []
    for stranger in range(min(classes, MOST_LABELS) if classes > 2 else 0):
        known = labels != stranger
        own = labels[known] - (labels[known] > stranger).long()
        folds = stratified_folds(own, seed, groups[known])
        outputs = unseen_logits(features[known], own, classes - 1, folds, penalty)
        limit = describe(outputs.numpy(), groups[known].tolist())["threshold"]
        if limit is None:
            continue
        head = fit_head(features[known], own, classes - 1, penalty)
        scores = scores_of(head.logits(features[~known]).numpy())
        noticed.append(torch.from_numpy(scores < limit))
        scenes.append(groups[~known])
    if not noticed:
        return None
    return measure_alike(torch.cat(noticed), torch.cat(scenes).tolist())
