"""Does the range that is told hold the true share? Projects of all kinds: 2 to 6 labels, 4 to 40 photos of each,
as many of all or not, easy and hard, some with labels at random; instant models and trained layers."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from mai.quality.accuracy import Measured

from truth.heads import instant_head, trained_head
from truth.part import Figure
from truth.pool import Pool, pool, project_of

PROJECTS = 200
LABELS, SCENES = 6, 150
EPOCHS = 20
KINDS = ((0.5, False), (0.3, False), (0.3, True))  # width of the thing, and whether half of the labels are wrong


def run(projects: int, seed: int, scenes: int = SCENES) -> Iterator[Figure]:
    found: dict[str, list[tuple[Measured, float]]] = {"instant": [], "trained": []}
    for number in range(projects):
        mine, fresh = _project(seed + number, scenes)
        instant = instant_head(mine, seed + number)
        found["instant"].append((instant.checked, instant.true(fresh)))
        trained = trained_head(mine, fresh, seed + number, EPOCHS)
        found["trained"].append((trained.measured, trained.true))
    data = f"2 to {LABELS} labels of 4 to 40 photos, {projects} projects from seed {seed}"
    for name, pairs in found.items():
        widths = [100 * (measured.range.most - measured.range.least) for measured, _ in pairs]
        details = {"width": round(sum(widths) / len(widths), 1)}
        held = [100.0 * measured.range.holds(true) for measured, true in pairs]
        yield Figure(name, "% of ranges hold the truth", held, data, "mean >= 90", details)


def _project(seed: int, scenes: int) -> tuple[Pool, Pool]:
    rng = torch.Generator().manual_seed(seed)

    def draw(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=rng))

    thing, wrong = KINDS[seed % len(KINDS)]
    labels, usual = draw(2, LABELS), draw(4, 40)
    counts = [usual if seed % 2 else draw(4, 40) for _ in range(labels)]
    whole = pool(LABELS, scenes, thing)
    whole = whole.part((whole.labels < labels).nonzero().flatten())
    if wrong:
        flip = torch.rand(len(whole.labels), generator=rng) < 0.5
        others = torch.randint(0, labels, (len(whole.labels),), generator=rng)
        whole = Pool(whole.features, torch.where(flip, others, whole.labels))
    return project_of(whole, counts, seed)
