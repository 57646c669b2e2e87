"""Which fold of a cross-validation holds each sample out."""

from __future__ import annotations

from collections import Counter, defaultdict

import torch
from torch import Tensor

FOLDS = 5


def stratified_folds(labels: Tensor, seed: int, groups: Tensor | None = None) -> Tensor:
    """int64 [N]: the fold that holds each sample out, every class spread evenly; at most FOLDS folds.

    `groups` (int64 [N]): samples with the same number are held out together. A class of fewer groups than there
    are folds is held out in some of them and learnt from whole in the others: it does not make them fewer for all.
    """
    keys = list(range(len(labels))) if groups is None else groups.tolist()
    classes_of: dict[int, Counter[int]] = defaultdict(Counter)
    groups_of: dict[int, dict[int, None]] = defaultdict(dict)
    for key, label in zip(keys, labels.tolist(), strict=True):
        classes_of[key][label] += 1
        groups_of[label][key] = None
    rng = torch.Generator().manual_seed(seed)
    held_out = [Counter[int]() for _ in range(FOLDS)]  # samples of each class
    totals = [0] * FOLDS
    fold_of: dict[int, int] = {}
    for label in sorted(groups_of):
        members = list(groups_of[label])
        shuffled = [members[position] for position in torch.randperm(len(members), generator=rng).tolist()]
        for key in sorted(shuffled, key=lambda key: -classes_of[key].total()):
            if key not in fold_of:
                # Fewest of the group's classes, then fewest of all; the first of several.
                fold = min(range(FOLDS), key=lambda at: (sum(held_out[at][c] for c in classes_of[key]), totals[at]))
                fold_of[key] = fold
                held_out[fold] += classes_of[key]
                totals[fold] += classes_of[key].total()
    _, folds = torch.tensor([fold_of[key] for key in keys]).unique(return_inverse=True)
    return folds
