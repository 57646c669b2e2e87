"""Is the true share within the range that pupils see? Projects of all kinds: 2 to 6 labels, 4 to 40 photos of each,
as many of all or not, easy and hard, some with wrong labels, some of bursts; instant models and trained layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

import torch
from mai.quality.accuracy import Measured

from truth.heads import instant_head, trained_head
from truth.part import Figure
from truth.pool import Pool, pool, project_of

PROJECTS = 200
CPU_MINUTES = 12
LABELS, SCENES = 6, 150
LEAST, MOST = 4, 40  # photos of a label, of bursts scenes and photos
EPOCHS = 20


@dataclass(frozen=True)
class Kind:
    """`thing`: width of the thing; `wrong`: half of the labels are drawn anew; `frames` of each scene."""

    name: str
    thing: float
    wrong: bool = False
    frames: int = 1


KINDS = (Kind("easy", 0.5), Kind("hard", 0.3), Kind("wrong", 0.3, wrong=True), Kind("bursts", 0.4, frames=4))


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
        held = [100.0 * measured.range.holds(true) for measured, true in pairs]
        yield Figure(name, "% of ranges hold the truth", held, data, "mean >= 90", _details(pairs, held, seed))


def _details(pairs: list[tuple[Measured, float]], held: list[float], seed: int) -> dict[str, Any]:
    """In percents: how wide the ranges are, and of each kind how many hold."""
    widths = [100 * (measured.range.most - measured.range.least) for measured, _ in pairs]
    more = [100 * (measured.share - true) for measured, true in pairs]
    by_kind = {
        kind.name: round(mean(some), 1)
        for number, kind in enumerate(KINDS) if (some := held[(number - seed) % len(KINDS) :: len(KINDS)])
    }  # fmt: skip
    return {"width": round(mean(widths), 1), "shown_above_true": round(mean(more), 1), "of_kind": by_kind}


def _project(seed: int, scenes: int) -> tuple[Pool, Pool]:
    rng = torch.Generator().manual_seed(seed)

    def draw(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=rng))

    kind = KINDS[seed % len(KINDS)]
    labels, most = draw(2, LABELS), MOST // kind.frames
    usual = draw(LEAST, most)
    counts = [usual if seed // len(KINDS) % 2 else draw(LEAST, most) for _ in range(labels)]
    whole = pool(LABELS, scenes // kind.frames, kind.thing, kind.frames)
    whole = whole.part((whole.labels < labels).nonzero().flatten())
    if kind.wrong:
        flip = torch.rand(len(whole.labels), generator=rng) < 0.5
        others = torch.randint(0, labels, (len(whole.labels),), generator=rng)
        whole = replace(whole, labels=torch.where(flip, others, whole.labels))
    return project_of(whole, counts, seed)
