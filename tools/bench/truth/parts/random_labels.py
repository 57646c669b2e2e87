"""Labels at random: no model can be right more often than by chance, so a figure above that is an error of ours.

The figure of the instant model is its cross-validation. That of a trained layer (on features, by the real loop) are
the answers of epochs that were chosen without the sample; `best_epoch` is what the best of 30 epochs has on the
samples that chose it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from truth.heads import instant_head, trained_head
from truth.part import Figure, standard_error
from truth.pool import Pool, pool, project_of

PROJECTS = 50
CPU_MINUTES = 2
PHOTOS = 30  # of each of two labels
EPOCHS = 30
DRAWN, SCENES = 6, 150  # the photos that truth:ranges has too


def run(projects: int, seed: int, scenes: int = SCENES, epochs: int = EPOCHS) -> Iterator[Figure]:
    whole = pool(DRAWN, scenes, 0.3)
    above: dict[str, list[float]] = {"cross_validation": [], "held_back": [], "trained": [], "best_epoch": []}
    for number in range(projects):
        mine, fresh = project_of(_with_random_labels(whole, seed + number), [PHOTOS, PHOTOS], seed + number)
        instant, trained = instant_head(mine, seed + number), trained_head(mine, fresh, seed + number, epochs)
        for name, share, true in (
            ("cross_validation", instant.checked.share, instant.true(fresh)),
            ("held_back", instant.held_back.share, instant.true(fresh)),
            ("trained", trained.measured.share, trained.true), ("best_epoch", trained.best, trained.true),
        ):  # fmt: skip
            above[name].append(100 * (share - true))
    data = f"2 labels at random with {PHOTOS} photos each, {projects} projects from seed {seed}"
    for name, more in above.items():
        details = {"allowed": round(2 + 2 * standard_error(more), 2), "beyond": round(_beyond(more), 2)}
        goal = "" if name == "best_epoch" else "beyond <= 0"
        yield Figure(name, "points shown above true", more, data, goal, details)


def _beyond(more: list[float]) -> float:
    """Of the mean, beyond two points and twice its standard error; at most 0 is good."""
    return abs(sum(more) / len(more)) - 2 - 2 * standard_error(more)


def _with_random_labels(whole: Pool, seed: int) -> Pool:
    """Half of the photos each, as a coin says."""
    order = torch.randperm(len(whole.labels), generator=torch.Generator().manual_seed(10_000 + seed))
    return replace(whole, labels=(order % 2).long())
