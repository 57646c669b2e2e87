"""Wrong labels: 5 % of 200 photos are put under another label. How many are named, and is it these?

On photos of cats and dogs, where the sample project lies beside the repository, and on drawn photos of many scenes.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mai.config import read_project
from mai.data.groups import Groups, group_photos
from mai.data.images import index_photos
from mai.data.store import load_photos
from mai.models.weights import SUBSTITUTE, Start, bundled_state
from mai.train.choose_features import choose_features, reading
from mai.train.features import compute_features, feature_network
from mai.train.instant import suspects_among
from mai.train.linear_head import cross_validate
from mai.train.precision import Precision

from truth.drawn import draw_photos, joined
from truth.part import Figure

PROJECTS = 20
FLIPPED = 0.05
PHOTOS = 200
REAL = Path(__file__).resolve().parents[5] / "shared" / "projects" / "dog_cat.zip"
CPU = Precision(torch.device("cpu"), None)


def run(projects: int, seed: int, photos: int = PHOTOS) -> Iterator[Figure]:
    if REAL.exists():
        yield from _figures("photos", _cats_and_dogs(), projects, seed, "dog_cat, 120 photos of 2 labels")
    drawn = _drawn(photos, 2)
    yield from _figures("drawn", drawn, projects, seed, f"{photos} drawn photos of 2 labels, each another scene")
    bursts = _drawn(photos, 5, frames=4)
    yield from _figures("bursts", bursts, projects, seed, f"{photos} drawn photos of 2 labels, 4 of each scene")


Material = tuple[torch.Tensor, torch.Tensor, Groups]  # features, labels, groups


def _figures(name: str, material: Material, projects: int, seed: int, data: str) -> Iterator[Figure]:
    features, labels, groups = material
    counts = [_named(features, labels, groups, seed + number) for number in range(projects)]
    right, named, flipped = (sum(each[at] for each in counts) for at in range(3))
    data = f"{data}, {round(100 * FLIPPED)} % of the labels flipped, {projects} times from seed {seed}"
    yield Figure(f"precision_{name}", "of those named are wrong labels", [r / max(n, 1) for r, n, _ in counts], data,
                 goal="together >= 0.8", details={"together": round(right / max(named, 1), 3)})  # fmt: skip
    yield Figure(f"recall_{name}", "of the wrong labels are named", [r / f for r, _, f in counts], data,
                 goal="together >= 0.9", details={"together": round(right / flipped, 3)})  # fmt: skip


def _named(features: torch.Tensor, true: torch.Tensor, groups: Groups, seed: int) -> tuple[int, int, int]:
    """Wrong labels that are named, all that are named, and all wrong labels."""
    rng = np.random.default_rng(seed)
    classes = int(true.max()) + 1
    wrong = rng.choice(len(true), round(FLIPPED * len(true)), replace=False)
    labels = true.clone()
    labels[wrong] = (labels[wrong] + torch.from_numpy(rng.integers(1, classes, len(wrong)))) % classes
    checked = cross_validate(features, labels, classes, seed, torch.from_numpy(groups.groups))
    names = [str(row) for row in range(len(labels))]
    found = suspects_among(features, labels, classes, checked, groups, seed, names, names)
    rows = {int(suspect.file) for suspect in found}
    return len(rows & set(wrong.tolist())), len(rows), len(wrong)


def _cats_and_dogs() -> Material:
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(REAL) as archive:
            archive.extractall(folder)
        project = read_project(Path(folder))
        store = load_photos(index_photos(project.dataset, project.labels), 224, Path(folder))
        return _features(store.pixels, store.labels)


def _drawn(photos: int, seed: int, frames: int = 1) -> Material:
    rng = np.random.default_rng(seed)
    parts = draw_photos(rng, 2, photos // 2 // frames, frames, thing=0.55)
    drawn = joined([parts])
    return _features(torch.from_numpy(drawn.pixels), torch.from_numpy(drawn.labels))


def _features(pixels: torch.Tensor, labels: torch.Tensor) -> Material:
    network = feature_network(Start(SUBSTITUTE, "imagenet", bundled_state()), CPU.device)
    features = compute_features(network, pixels, torch.arange(len(labels)), CPU)
    features, classes = features.half().float(), int(labels.max()) + 1
    # Chosen with the true labels: a twentieth of them flipped seldom changes what is read.
    reads = choose_features(features, labels, classes, torch.arange(len(labels)), 0).reads
    return reading(features, reads), labels, group_photos(pixels, labels.tolist(), 80)
