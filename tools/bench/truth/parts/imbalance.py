"""150 photos of one label and 6 of another: does the model know the small label on fresh photos, and at what cost?

`without` is the same head without the offsets of mai.train.engine.uneven, as it was before.
"""

from __future__ import annotations

from collections.abc import Iterator

from mai.train.engine import uneven
from mai.train.features.linear_head import LinearHead

from truth.heads import instant_head
from truth.part import Figure
from truth.pool import Pool, pool, project_of

PROJECTS = 25
CPU_MINUTES = 2
LARGE, SMALL = 150, 6
SCENES = 300


def run(projects: int, seed: int, scenes: int = SCENES) -> Iterator[Figure]:
    whole = pool(2, scenes, 0.3)
    small, lost, gap = [], [], []
    without: list[float] = []
    for number in range(projects):
        mine, fresh = project_of(whole, [LARGE, SMALL], seed + number)
        instant = instant_head(mine, seed + number)
        right = _per_label(instant.head, fresh)
        usual = _per_label(_without(mine, seed + number), fresh)
        small.append(right[1])
        lost.append(usual[0] - right[0])
        without.append(usual[1])
        gap.append(100 * instant.checked.share - sum(right) / 2)
    data = f"{LARGE} photos against {SMALL}, {projects} projects from seed {seed}"
    yield Figure("small_label", "% right", small, data, "mean >= 50", {"without": round(sum(without) / projects, 1)})
    yield Figure("cost", "points of the large label", lost, data, "mean <= 3")
    yield Figure("gap", "points shown above true", gap, data)


def _without(mine: Pool, seed: int) -> LinearHead:
    strength, uneven.STRENGTH = uneven.STRENGTH, 0.0
    try:
        return instant_head(mine, seed).head
    finally:
        uneven.STRENGTH = strength


def _per_label(head: LinearHead, fresh: Pool) -> list[float]:
    """Percent right of each label."""
    answers = head.probabilities(fresh.features).argmax(1)
    return [100 * (answers[fresh.labels == label] == label).double().mean().item() for label in (0, 1)]
