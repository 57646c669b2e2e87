"""Wrong labels: 5 % of the photos are put under another label. How many are named, and is it these?

On photos of cats and dogs and of a mouse and a logo, where the sample projects lie beside the repository, and on
drawn photos. `clean`: percent of the photos that the same head has right by cross-validation when all labels are
right. What it has wrong then looks like a wrong label, and a wrong label like a right one: no goal can be asked for
the hard drawn photos. `by_clean` is what is found there by a head that learnt only right labels.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from mai.data.groups import Groups, group_photos
from mai.train.classification.choose_features import choose_features, reading
from mai.train.classification.suspects import find_suspects, suspects_among
from mai.train.features.linear_head import CrossValidation, cross_validate
from numpy.typing import NDArray

from truth.drawn import draw_photos
from truth.part import Figure
from truth.pool import features_of
from truth.samples import sample_photos

PROJECTS = 20
CPU_MINUTES = 3
FLIPPED = 0.05
PHOTOS = 200
SAMPLES = ("dog_cat", "mouse_logo_classify")


@dataclass(frozen=True)
class Material:
    """`features` float32 [N, D] as the head reads them, `labels` int64 [N], and the groups of the photos."""

    features: torch.Tensor
    labels: torch.Tensor
    groups: Groups

    def cross_validate(self, labels: torch.Tensor, seed: int) -> CrossValidation:
        classes = int(self.labels.max()) + 1
        return cross_validate(self.features, labels, classes, seed, torch.from_numpy(self.groups.groups))


def run(projects: int, seed: int, photos: int = PHOTOS) -> Iterator[Figure]:
    for name in SAMPLES:
        try:
            some = sample_material(name, photos)
        except OSError as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)  # noqa: T201
            continue
        yield from figures(name, some, projects, seed, f"{len(some.labels)} photos of {name}")
    large = _drawn(photos, 2, 0.65)
    yield from figures("drawn", large, projects, seed, f"{photos} drawn photos of 2 labels, each another scene")
    bursts = _drawn(photos, 5, 0.55, frames=4)
    yield from figures("bursts", bursts, projects, seed, f"{photos} drawn photos of 2 labels, 4 of each scene")
    hard = _drawn(photos, 2, 0.55)
    data = f"{photos} drawn photos of 2 labels, smaller things"
    yield from figures("hard", hard, projects, seed, data, goals=("", ""))


def figures(
    name: str,
    some: Material,
    projects: int,
    seed: int,
    data: str,
    goals: tuple[str, str] = ("together >= 0.8", "together >= 0.9"),
) -> Iterator[Figure]:
    counts = [_named(some, seed + number) for number in range(projects)]
    clean = [some.cross_validate(some.labels, seed + number) for number in range(1 if goals[0] else projects)]
    right, named, flipped = (sum(each[at] for each in counts) for at in range(3))
    data = f"{data}, {round(100 * FLIPPED)} % of the labels flipped, {projects} times from seed {seed}"
    details = {"clean": round(clean[0].accuracy, 1)}
    if not goals[0]:
        oracle = [_named(some, seed + number, one) for number, one in enumerate(clean)]
        details["by_clean"] = round(sum(each[0] for each in oracle) / flipped, 3)
    yield Figure(f"precision_{name}", "of those named are wrong labels", [r / max(n, 1) for r, n, _ in counts], data,
                 goals[0], {"together": round(right / max(named, 1), 3)})  # fmt: skip
    yield Figure(f"recall_{name}", "of the wrong labels are named", [r / f for r, _, f in counts], data,
                 goals[1], {"together": round(right / flipped, 3), **details})  # fmt: skip


def _named(some: Material, seed: int, clean: CrossValidation | None = None) -> tuple[int, int, int]:
    """Wrong labels that are named, all that are named, and all wrong labels. `clean`: by these answers alone."""
    rng, true = np.random.default_rng(seed), some.labels
    classes = int(true.max()) + 1
    wrong = rng.choice(len(true), round(FLIPPED * len(true)), replace=False)
    labels = true.clone()
    labels[wrong] = (labels[wrong] + torch.from_numpy(rng.integers(1, classes, len(wrong)))) % classes
    names = [str(row) for row in range(len(labels))]
    if clean is not None:
        found = find_suspects(clean.probabilities, labels, names, names)
    else:
        checked = some.cross_validate(labels, seed)
        found = suspects_among(some.features, labels, classes, checked, some.groups, seed, names, names)
    rows = {int(suspect.file) for suspect in found}
    return len(rows & set(wrong.tolist())), len(rows), len(wrong)


def sample_material(name: str, photos: int = PHOTOS) -> Material:
    """So many photos of a sample project, or all. Raises OSError where it is not there."""
    every = sample_photos(name)
    rows = np.sort(np.random.default_rng(0).permutation(len(every.labels))[:photos])
    return _material(every.pixels[rows], every.labels[rows])


def _drawn(photos: int, seed: int, thing: float, frames: int = 1) -> Material:
    drawn = draw_photos(np.random.default_rng(seed), 2, photos // 2 // frames, frames, thing=thing)
    return _material(drawn.pixels, drawn.labels)


def _material(pixels: NDArray[np.uint8], truths: NDArray[np.int64]) -> Material:
    features, labels, classes = features_of(pixels).half().float(), torch.from_numpy(truths), int(truths.max()) + 1
    groups = group_photos(torch.from_numpy(pixels), truths.tolist(), 80)
    # Chosen with the true labels: a twentieth of them flipped seldom changes what is read.
    every = torch.arange(len(labels))
    reads = choose_features(features, labels, classes, every, 0, groups=torch.from_numpy(groups.groups)).reads
    return Material(reading(features, reads), labels, groups)
