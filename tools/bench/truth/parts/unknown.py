"""Answering "none of these": how many new photos keep the name of their label, and how many of a label that the model
has never seen are refused?

A project has all labels of its material but one. A head learns from 60 % of its photos; the limit is found on part
of the rest, as a conversion finds it on those held back; the others are new to both. `coverage` is how many of the new
photos keep their name: the limit promises 95 %. `refused` is how many photos of the label left out the limit refuses,
`refused_at_95` how many a limit refuses that keeps exactly 95 % of the new photos: what the score can do, apart from
how well few photos find the limit. `right`: percent of the new photos named right. The goal holds for material where
it is at least 95. Every network is a head in float on features: the board's rounding is not in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from mai.quality.unknown import KEPT, describe, scores_of
from mai.train.classification.choose_features import LAST_FEATURES
from mai.train.features.linear_head import cross_validate, fit_head

from truth.drawn import draw_photos
from truth.part import Figure
from truth.pool import features_of
from truth.samples import sample_photos

PROJECTS = 20
CPU_MINUTES = 2
SAMPLES = ("dog_cat", "mouse_logo_classify")
LEARNT = 0.6
LEAST_RIGHT = 95.0
GOALS = {"coverage": "off <= 3", "refused_at_95": "mean >= 80"}


@dataclass(frozen=True)
class Material:
    """`features` float32 [N, D] and `labels` int64 [N] of photos of different scenes."""

    features: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True)
class Outcome:
    """Percent."""

    coverage: float
    refused: float
    refused_at_95: float
    right: float


def run(projects: int, seed: int, limit_photos: int = 40) -> Iterator[Figure]:
    try:
        yield from figures("photos", sample_pool(), projects, seed, limit_photos, "cats, dogs, a mouse and a logo")
    except OSError as reason:
        print(f"the sample projects are left out: {reason}", file=sys.stderr)  # noqa: T201
    yield from figures("drawn", drawn_pool(), projects, seed, limit_photos, "300 drawn photos of 5 labels")


def figures(name: str, whole: Material, projects: int, seed: int, limit_photos: int, data: str) -> Iterator[Figure]:
    """`limit_photos`: at most so many find the limit."""
    found = [one_project(whole, seed + number, limit_photos) for number in range(projects)]
    right = float(np.mean([outcome.right for outcome in found]))
    data = f"{data}, each label left out in turn, {projects} projects from seed {seed}, limit from {limit_photos}"
    for figure, goal in (("coverage", True), ("refused", False), ("refused_at_95", right >= LEAST_RIGHT)):
        values = [getattr(outcome, figure) for outcome in found]
        details = {"right": round(right, 1)}
        if figure == "coverage":
            details["off"] = round(abs(float(np.mean(values)) - 100 * KEPT), 2)
        yield Figure(f"{figure}_{name}", "% of photos", values, data, GOALS[figure] if goal else "", details)


def one_project(whole: Material, seed: int, limit_photos: int) -> Outcome:
    """The label of number `seed` modulo their count is left out."""
    classes = int(whole.labels.max()) + 1
    left_out = seed % classes
    known = (whole.labels != left_out).nonzero().flatten()
    known = known[torch.randperm(len(known), generator=torch.Generator().manual_seed(seed))]
    learnt, rest = known[: round(LEARNT * len(known))], known[round(LEARNT * len(known)) :]
    held_back, new = rest[:limit_photos], rest[limit_photos:]
    labels = whole.labels - (whole.labels > left_out).long()
    penalty = cross_validate(whole.features[learnt], labels[learnt], classes - 1, seed).penalty
    head = fit_head(whole.features[learnt], labels[learnt], classes - 1, penalty)
    outputs = head.logits(whole.features).numpy()
    limit = describe(outputs[held_back], range(len(held_back)))["threshold"]
    scores, others = scores_of(outputs[new]), scores_of(outputs[whole.labels == left_out])
    return Outcome(
        coverage=100 * float((scores >= limit).mean()),
        refused=100 * float((others < limit).mean()),
        refused_at_95=100 * float((others < np.quantile(scores, 1 - KEPT)).mean()),
        right=100 * float((outputs[new].argmax(1) == labels[new].numpy()).mean()),
    )


def sample_pool() -> Material:
    """Photos of both sample projects as one with four labels. Raises OSError where they are not there."""
    parts = [sample_photos(name) for name in SAMPLES]
    first = int(parts[0].labels.max()) + 1
    labels = np.concatenate([parts[0].labels, parts[1].labels + first])
    return _pool(np.concatenate([part.pixels for part in parts]), labels)


def drawn_pool() -> Material:
    drawn = draw_photos(np.random.default_rng(5), 5, 60, 1, thing=0.6)
    return _pool(drawn.pixels, drawn.labels)


def _pool(pixels: np.ndarray, labels: np.ndarray) -> Material:
    return Material(features_of(pixels)[:, :LAST_FEATURES].float(), torch.from_numpy(labels))
