"""Drawn photos as their features, drawn once: projects are parts of them, and what is left over is new to a project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from mai.models.weights import SUBSTITUTE, Start, bundled_state
from mai.train.features import compute_features, feature_network
from mai.train.precision import Precision
from torch import Tensor

from truth.drawn import draw_photos

CPU = Precision(torch.device("cpu"), None)
AT_ONCE = 50  # scenes of each label drawn together: a photo takes 150 KB
POOL_SEED = 77_000


@dataclass(frozen=True)
class Pool:
    """`features` float32 [N, 1280] of one photo a scene, `labels` int64 [N]."""

    features: Tensor
    labels: Tensor

    def part(self, rows: Tensor) -> Pool:
        return Pool(self.features[rows], self.labels[rows])


@lru_cache(maxsize=4)
def pool(labels: int, scenes: int, thing: float) -> Pool:
    """`scenes` photos of each label; `thing` as for draw_photos."""
    network = feature_network(Start(SUBSTITUTE, "imagenet", bundled_state()), CPU.device)
    parts = []
    for number in range(-(-scenes // AT_ONCE)):
        some = min(AT_ONCE, scenes - number * AT_ONCE)
        photos = draw_photos(np.random.default_rng(POOL_SEED + number), labels, some, 1, thing=thing)
        rows = torch.arange(len(photos.labels))
        features = compute_features(network, torch.from_numpy(photos.pixels), rows, CPU)
        parts.append(Pool(features, torch.from_numpy(photos.labels)))
    return Pool(torch.cat([part.features for part in parts]), torch.cat([part.labels for part in parts]))


def project_of(whole: Pool, counts: list[int], seed: int) -> tuple[Pool, Pool]:
    """A project with so many photos of each label, drawn at random, and all that it does not have."""
    rng = torch.Generator().manual_seed(seed)
    mine, others = [], []
    for label, count in enumerate(counts):
        rows = (whole.labels == label).nonzero().flatten()
        rows = rows[torch.randperm(len(rows), generator=rng)]
        mine.append(rows[:count])
        others.append(rows[count:])
    return whole.part(torch.cat(mine)), whole.part(torch.cat(others))
