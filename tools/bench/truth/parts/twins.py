"""Bursts and copies: are the photos held back new to the model, or twins of those learnt?

8 frames of each of 4 scenes a label, as a button held down makes them; and 16 scenes a label, each photo saved twice
again by another program, smaller and as another JPEG. The figures of the instant model, on the photos held back and
by cross-validation, are compared with what the same head does on scenes that are not in its project. Every project
takes its scenes by chance from the same ones and the others are its fresh ones, so both have easy and hard scenes as
often. For boxes no network is trained: counted are photos held back whose scene is learnt.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mai.config import Project, TrainConfig
from mai.data.groups import group_photos
from mai.data.split import split_samples
from mai.models.weights import SUBSTITUTE
from mai.train.classification.instant import train_instant
from mai.train.classification.photos import Photos
from mai.train.plan.plan import plan_in

from truth.boxes import twins_among_boxes
from truth.drawn import SIDE, DrawnPhotos, draw_photos, label_names, saved_again
from truth.listen import listening
from truth.part import Figure
from truth.pool import CPU, features_of

PROJECTS = 25
CPU_MINUTES = 27
COUNTS = (3, 10)  # labels
SCENES, FRAMES = 4, 8
ORIGINALS = 16
COPIES = ((60, SIDE), (85, 160))  # JPEG quality and side of each copy of a photo
DRAWN = 32  # scenes of each label, of which every project takes its own
ENOUGH_LABELS = 12  # a project of fewer holds back too few scenes to say much: there are as many times more projects


def run(projects: int, seed: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as cache:  # of features: a frame that is in several projects has them once
        yield from bursts(projects, seed, COUNTS, DRAWN, Path(cache))
        yield from copies(projects, seed, min(COUNTS), Path(cache))
    yield boxes(projects, seed)


def bursts(projects: int, seed: int, counts: Sequence[int], drawn: int, cache: Path) -> Iterator[Figure]:
    """With so many labels each; projects take their scenes from `drawn` ones of each label."""
    photos = draw_photos(np.random.default_rng(seed), max(counts), drawn, FRAMES)
    fresh = one_of_each_scene(photos)
    for labels in counts:
        some = _projects(photos, labels, SCENES, projects, seed)
        data = f"{labels} labels of {SCENES} scenes with {FRAMES} frames"
        yield from _figures(f"_{labels}", some, fresh, cache, seed, data)


def copies(projects: int, seed: int, labels: int, cache: Path) -> Iterator[Figure]:
    photos = with_copies(draw_photos(np.random.default_rng(seed + 1), labels, 2 * ORIGINALS, 1))
    fresh = one_of_each_scene(photos)
    some = _projects(photos, labels, ORIGINALS, projects, seed)
    data = f"{labels} labels of {ORIGINALS} photos, each saved again {len(COPIES)} times"
    yield from _figures("_copies", some, fresh, cache, seed, data)


def boxes(projects: int, seed: int) -> Figure:
    twins = [twins_among_boxes(seed + number, SCENES, FRAMES) for number in range(projects)]
    data = f"2 labels of {SCENES} scenes with {FRAMES} frames and boxes, {projects} projects from seed {seed}"
    return Figure("boxes", "% of photos held back have a scene that is learnt", twins, data, goal="mean <= 1")


def _figures(
    name: str, projects: Iterable[DrawnPhotos], fresh: Fresh, cache: Path, seed: int, data: str
) -> Iterator[Figure]:
    results = [train_and_ask(photos, fresh, cache, seed + number) for number, photos in enumerate(projects)]
    data = f"{data}, {len(results)} projects from seed {seed}"
    true = [result["true"] for result in results]
    for source in ("held_back", "cross_validation"):
        shown = [result[source] for result in results]
        details = {"shown": round(float(np.mean(shown)), 1), "true": round(float(np.mean(true)), 1)}
        more = [t - f for t, f in zip(shown, true, strict=True)]
        yield Figure(source + name, "points shown above true", more, data, goal="mean <= 5", details=details)


def _projects(photos: DrawnPhotos, labels: int, scenes: int, projects: int, seed: int) -> Iterator[DrawnPhotos]:
    for number in range(projects * max(1, ENOUGH_LABELS // labels)):
        yield choose_scenes(photos, labels, scenes, seed + number)


def choose_scenes(photos: DrawnPhotos, labels: int, scenes: int, seed: int) -> DrawnPhotos:
    """So many scenes of each of the first labels, with all their frames."""
    rng = np.random.default_rng(seed)
    chosen = [rng.choice(np.unique(photos.scenes[photos.labels == label]), scenes, False) for label in range(labels)]
    rows = np.flatnonzero(np.isin(photos.scenes, np.concatenate(chosen)))
    return DrawnPhotos(photos.pixels[rows], photos.labels[rows], photos.scenes[rows])


def with_copies(photos: DrawnPhotos) -> DrawnPhotos:
    """Every photo beside its copies."""
    pixels = [one for photo in photos.pixels for one in (photo, *(saved_again(photo, *copy) for copy in COPIES))]
    each = 1 + len(COPIES)
    return DrawnPhotos(np.stack(pixels), photos.labels.repeat(each), photos.scenes.repeat(each))


@dataclass(frozen=True)
class Fresh:
    """Features of one photo of each scene, its label and its scene."""

    features: torch.Tensor
    labels: torch.Tensor
    scenes: torch.Tensor

    def without(self, photos: DrawnPhotos) -> Fresh:
        """What is fresh to a project of these photos: other scenes of its labels."""
        rows = ~torch.isin(self.scenes, torch.from_numpy(photos.scenes))
        rows &= self.labels <= int(photos.labels.max())
        return Fresh(self.features[rows], self.labels[rows], self.scenes[rows])


def one_of_each_scene(photos: DrawnPhotos) -> Fresh:
    scenes, first = np.unique(photos.scenes, return_index=True)
    return Fresh(features_of(photos.pixels[first]), torch.from_numpy(photos.labels[first]), torch.from_numpy(scenes))


def train_and_ask(photos: DrawnPhotos, fresh: Fresh, cache: Path, seed: int) -> dict[str, float]:
    """Percents: `held_back` and `cross_validation` as pupils see them, `true` on fresh photos of the same labels."""
    store, names = photos.store(), label_names(int(photos.labels.max()) + 1)
    config = Project(Path("truth"), "truth", "truth", "IMAGE_CLASSIFICATION", names, "", TrainConfig(SUBSTITUTE))
    with tempfile.TemporaryDirectory() as folder, listening() as sent:
        groups = group_photos(store.pixels, store.labels.tolist(), config.train.train_split)
        split = split_samples([photo.name for photo in store.photos], store.labels.tolist(), names,
                              config.train.train_split, seed, groups.groups.tolist())  # fmt: skip
        plan = plan_in(Path(folder), config, cache=cache, seed=seed)
        instant = train_instant(plan, Photos(store, split, groups), CPU)
    event = sent.last("instant_model")
    asked = fresh.without(photos)
    answers = instant.head.probabilities(asked.features).argmax(1)
    return {
        "held_back": event["accuracy"],
        "cross_validation": event["cross_validation"],
        "true": 100 * (answers == asked.labels).double().mean().item(),
    }
