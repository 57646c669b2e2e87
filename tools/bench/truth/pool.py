"""Features of drawn photos, computed once. A project takes some of them; the others are new to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from mai.models.weights import bundled_start
from mai.train.engine.precision import Precision
from mai.train.features.photo_features import compute_features, feature_network
from numpy.typing import NDArray
from torch import Tensor, nn

from truth.drawn import draw_photos

CPU = Precision(torch.device("cpu"), None)
AT_ONCE = 50  # photos of each label drawn together: a photo takes 150 KB
POOL_SEED = 77_000


@dataclass(frozen=True)
class Pool:
    """`features` float32 [N, 1664] of photos, `labels` and `scenes` int64 [N]: photos of one number show one scene."""

    features: Tensor
    labels: Tensor
    scenes: Tensor

    def part(self, rows: Tensor) -> Pool:
        return Pool(self.features[rows], self.labels[rows], self.scenes[rows])


@lru_cache(maxsize=1)
def _network() -> nn.Module:
    return feature_network(bundled_start(), CPU.device)


def features_of(pixels: NDArray[np.uint8]) -> Tensor:
    """All features of photos [N, SIDE, SIDE, 3], as the instant model has them: float32 [N, 1664]."""
    return compute_features(_network(), torch.from_numpy(pixels), torch.arange(len(pixels)), CPU)


@lru_cache(maxsize=6)
def pool(labels: int, scenes: int, thing: float, frames: int = 1) -> Pool:
    """`frames` photos of each of `scenes` scenes of each label; `thing` as for draw_photos."""
    parts: list[Pool] = []
    at_once = max(1, AT_ONCE // frames)
    for number in range(-(-scenes // at_once)):
        some = min(at_once, scenes - number * at_once)
        photos = draw_photos(np.random.default_rng(POOL_SEED + number), labels, some, frames, thing=thing)
        scenes_before = number * at_once * labels
        numbers = torch.from_numpy(scenes_before + photos.scenes)
        parts.append(Pool(features_of(photos.pixels), torch.from_numpy(photos.labels), numbers))
    together = ([getattr(part, name) for part in parts] for name in ("features", "labels", "scenes"))
    return Pool(*(torch.cat(each) for each in together))


def project_of(whole: Pool, counts: list[int], seed: int) -> tuple[Pool, Pool]:
    """A project with so many scenes of each label, drawn at random, and all that it does not have."""
    rng = torch.Generator().manual_seed(seed)
    chosen = []
    for label, count in enumerate(counts):
        scenes = whole.scenes[whole.labels == label].unique()
        chosen.append(scenes[torch.randperm(len(scenes), generator=rng)][:count])
    mine = torch.isin(whole.scenes, torch.cat(chosen))
    return whole.part(mine.nonzero().flatten()), whole.part((~mine).nonzero().flatten())
