"""Is it true that more training no longer helps, when the notice says so?

Layers are trained by the real loop on features, and every epoch is measured on fresh photos. `later`: how much better
the best epoch after the notice was than the best one before it.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from truth.heads import WARMUP, trained_head
from truth.part import Figure
from truth.pool import pool, project_of

PROJECTS = 30
CPU_MINUTES = 1
LABELS, PHOTOS = 4, 40
DRAWN, SCENES = 6, 150  # the photos that truth:ranges has too
EPOCHS = 40
RATES = (0.003, 0.01, 0.03)  # slow ones gain late


def run(projects: int, seed: int, scenes: int = SCENES, epochs: int = EPOCHS) -> Iterator[Figure]:
    whole = pool(DRAWN, scenes, 0.3)
    whole = whole.part((whole.labels < LABELS).nonzero().flatten())
    said, later = [], []
    for number in range(projects):
        mine, fresh = project_of(whole, [PHOTOS] * LABELS, seed + number)
        trained = trained_head(mine, fresh, seed + number, epochs, RATES[number % len(RATES)])
        for notice in trained.sent.notices("training_plateau"):
            at, true = notice["epoch"], torch.tensor(trained.true_by_epoch) * 100
            said.append(float(at))
            later.append(max(0.0, (true[at:].max() - true[:at].max()).item()))
    data = f"{LABELS} labels of {PHOTOS} photos, {epochs} epochs, {projects} projects from seed {seed}"
    yield Figure("said", "% of trainings say it", [100 * len(said) / projects], data, "mean >= 50")
    if not said:
        return
    yield Figure("epoch", "epoch of the notice", said, data, f"min >= {WARMUP + 5:g}")
    yield Figure("later", "points gained later", later, data, "mean <= 2")
