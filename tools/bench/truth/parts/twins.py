"""Bursts: 8 frames of each of 4 scenes a label. Are the photos held back new to the model, or twins of those learnt?

Told is what the instant model says of the photos held back and by cross-validation; true is what the same head does
on frames of scenes that are in no project.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mai.config import Project, TrainConfig
from mai.data.groups import group_photos
from mai.data.split import split_samples
from mai.models.weights import SUBSTITUTE, Start, bundled_state
from mai.train.features import compute_features, feature_network
from mai.train.instant import train_instant
from mai.train.precision import Precision

from truth.drawn import DrawnPhotos, draw_photos, label_names
from truth.listen import listening
from truth.part import Figure

PROJECTS = 25
SCENES, FRAMES = 4, 8
FRESH = 60  # scenes of each label, one frame each
CPU = Precision(torch.device("cpu"), None)


def run(projects: int, seed: int, counts: Sequence[int] = (3, 10), fresh: int = FRESH) -> Iterator[Figure]:
    for labels in counts:
        new = fresh_photos(labels, fresh)
        results = [train_and_ask(_bursts(seed + number, labels), new, labels, seed) for number in range(projects)]
        data = f"{labels} labels of {SCENES} scenes with {FRAMES} frames, {projects} projects from seed {seed}"
        for told in ("held_back", "cross_validation"):
            yield _figure(f"{told}_{labels}", [result[told] for result in results], results, data)


def _figure(name: str, told: list[float], results: list[dict[str, float]], data: str) -> Figure:
    true = [result["true"] for result in results]
    details = {"told": round(float(np.mean(told)), 1), "true": round(float(np.mean(true)), 1)}
    more = [t - f for t, f in zip(told, true, strict=True)]
    return Figure(name, "points told above true", more, data, goal="mean <= 5", details=details)


def _bursts(seed: int, labels: int) -> DrawnPhotos:
    return draw_photos(np.random.default_rng(seed), labels, SCENES, FRAMES)


@dataclass(frozen=True)
class Fresh:
    """Features of photos of scenes that are in no project, and their labels."""

    features: torch.Tensor
    labels: torch.Tensor


def fresh_photos(labels: int, scenes: int) -> Fresh:
    """One frame of each of so many scenes a label, the same for every project."""
    photos = draw_photos(np.random.default_rng(10**6), labels, scenes, 1)
    network = feature_network(Start(SUBSTITUTE, "imagenet", bundled_state()), CPU.device)
    features = compute_features(network, torch.from_numpy(photos.pixels), torch.arange(len(photos.labels)), CPU)
    return Fresh(features, torch.from_numpy(photos.labels))


def train_and_ask(photos: DrawnPhotos, fresh: Fresh, labels: int, seed: int) -> dict[str, float]:
    """Percents: `held_back` and `cross_validation` as told, `true` on the fresh photos."""
    store, names = photos.store(), label_names(labels)
    config = Project(Path("truth"), "truth", "truth", "IMAGE_CLASSIFICATION", names, "", TrainConfig(SUBSTITUTE))
    with tempfile.TemporaryDirectory() as folder, listening() as told:
        groups = group_photos(store.pixels, store.labels.tolist(), config.train.train_split)
        split = split_samples([photo.name for photo in store.photos], store.labels.tolist(), names,
                              config.train.train_split, seed, groups.groups.tolist())  # fmt: skip
        instant = train_instant(config, store, split, groups, cache=Path(folder), target=Path(folder) / "model.pth",
                                precision=CPU, seed=seed, started=time.monotonic())  # fmt: skip
    event = told.last("instant_model")
    answers = instant.head.probabilities(fresh.features).argmax(1)
    return {
        "held_back": event["accuracy"], "cross_validation": event["cross_validation"],
        "true": 100 * (answers == fresh.labels).double().mean().item(),
    }
