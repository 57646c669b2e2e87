"""From a project's photos and boxes to a training that can begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from mai import events
from mai.config import Project
from mai.data.detection_store import FrameStore, PictureStore, load_thumbnails
from mai.data.few_scenes import notify_few_scenes, notify_shared_by_lists, scenes_for_report
from mai.data.groups import Groups, group_photos
from mai.data.split import Split
from mai.data.voc import AnnotatedPhoto, index_voc
from mai.data.voc_split import listed_split, strata_of, stratified_split
from mai.detect.anchors import ANCHORS
from mai.device import memory_format, to_device
from mai.errors import MaiError
from mai.models.registry import build_model
from mai.models.weights import (
    PRETRAINED_DETECTOR,
    PRETRAINED_DETECTORS,
    Start,
    Weights,
    bundled_start,
    load_start,
)
from mai.train.detection import recipe
from mai.train.detection.kinds import WITH_ANCHORS, Kind, kind_of
from mai.train.detection.mirror import FIRST_EPOCH as MIRRORING_FROM
from mai.train.detection.mirror import MirrorChoice
from mai.train.detection.networks import network_of
from mai.train.detection.validate import curves_of, run_validation
from mai.train.engine.fingerprint import fingerprint_of
from mai.train.engine.keep import Keeper
from mai.train.engine.memory import resident
from mai.train.engine.precision import precision_of
from mai.train.engine.schedule import warmup_cosine
from mai.train.engine.training import Training
from mai.train.plan.board_program import notify_breaking_labels
from mai.train.plan.plan import Plan, device_of, require_type
from mai.train.plan.settings import batch_within, notify_adjusted

KIND: Final = "OBJECT_DETECTION"


@dataclass(frozen=True)
class Tried:
    """One of the networks of a training: its epochs, and mAP@0.5 in percent of the weights it kept."""

    model: str
    epochs: int
    mAP: float


@dataclass(frozen=True)
class Prepared:
    """A training that can begin, and what its results are judged by."""

    job: Training
    name: str  # of the network
    weights: Weights  # that it began with
    arch: Mapping[str, Any]
    frames: FrameStore  # learnt from
    pictures: PictureStore  # held back
    mirror: MirrorChoice
    scenes: Mapping[str, int]  # how many there are, for the report
    scene_of: Mapping[str, int]  # by the name of a photo, as the split found them
    tried: tuple[Tried, ...] = ()  # if two networks were


def prepare(plan: Plan) -> Prepared:
    """Everything before the first epoch. Raises MaiError."""
    require_type(plan, KIND)
    project = plan.project
    device = device_of(plan)
    name = network_of(project)
    notify_breaking_labels(project)
    notify_adjusted(project)

    kind = kind_of(name)
    samples = index_voc(project.dataset, project.labels, seen_as=kind.detector.seen_as)
    split, groups = split_photos(samples, project, plan.seed)
    events.emit("dataset_loading", samples=len(samples), labels=list(project.labels))
    frames = kind.load([samples[row] for row in split.train], plan.cache)
    pictures = kind.detector.load([samples[row] for row in split.validation], plan.cache)
    _require_boxes(frames, pictures)
    frames = replace(frames, pixels=resident(frames.pixels, device))

    model, weights = _network(plan, name, device)
    same = fingerprint(plan, name, samples, split)
    mirror = MirrorChoice(plan, frames, precision_of(device), same)
    job = _job_of(plan, kind, model, frames, pictures, mirror, same)
    if may_try_pretrained(plan, name):
        job.gives_up = lambda curves: recipe.is_hopeless(curves, job.max_epoch)
        # What the other network begins behind must be the same after a kill.
        job.saved_epochs = (recipe.judged_after(job.max_epoch), job.max_epoch)
    scene_of = {photo.name: int(scene) for photo, scene in zip(samples, groups.scenes, strict=True)}
    arch = arch_of(kind)
    return Prepared(job, name, weights, arch, frames, pictures, mirror, scenes_for_report(groups, split), scene_of)


def may_try_pretrained(plan: Plan, name: str) -> bool:
    """Whether the pretrained detector follows if the network `name` finds too little."""
    is_given_time = plan.project.train.epochs >= recipe.FEWEST_EPOCHS
    return plan.missing_weights == "substitute" and is_given_time and name not in PRETRAINED_DETECTORS


def pretrained_checkpoints(plan: Plan) -> Path:
    """Beside those of the network that was asked for, which must still say what the other one begins behind."""
    return plan.checkpoints / PRETRAINED_DETECTOR


def prepare_pretrained(plan: Plan, first: Prepared, epochs: int, epochs_before: int) -> Prepared:
    """The pretrained detector for the same photos, behind the `epochs_before` of the `first` network."""
    config = replace(plan.project.train, epochs=epochs)
    own = replace(plan, project=replace(plan.project, train=config), checkpoints=pretrained_checkpoints(plan))
    model, weights = _network(own, PRETRAINED_DETECTOR, first.job.precision.device)
    same = f"{first.job.fingerprint} {PRETRAINED_DETECTOR} {epochs}"
    job = _job_of(own, WITH_ANCHORS, model, first.frames, first.pictures, first.mirror, same, epochs_before)
    return replace(first, job=job, name=PRETRAINED_DETECTOR, weights=weights)


def _network(plan: Plan, name: str, device: torch.device) -> tuple[nn.Module, Weights]:
    """The network on `device`, with the weights that it begins with."""
    start = bundled_start(name) if name in PRETRAINED_DETECTORS else Start(name, "random", None)
    events.emit("model_building", model=name, weights=start.weights)
    torch.manual_seed(plan.seed)
    model = build_model(KIND, name, len(plan.project.labels), **arch_of(kind_of(name)))
    load_start(model, start)
    return to_device(model, device, memory_format(model, device)), start.weights


def arch_of(kind: Kind) -> dict[str, Any]:
    """What the network is built with beside its name."""
    return {"anchors": [list(anchor) for anchor in ANCHORS]} if kind is WITH_ANCHORS else {}


def split_photos(samples: list[AnnotatedPhoto], project: Project, seed: int) -> tuple[Split, Groups]:
    """The project's own lists, or by labels and scenes; `seed` decides among equals."""
    strata, percent = strata_of(samples), project.train.train_split
    groups = group_photos(load_thumbnails(samples), strata, percent)
    listed = listed_split(samples, project.dataset)
    if listed is not None:
        notify_shared_by_lists(groups, listed)
        return listed, groups
    split = stratified_split(samples, percent, seed, groups.groups.tolist())
    notify_few_scenes(groups, strata, project.labels, split)
    return split, groups


def _job_of(
    plan: Plan,
    kind: Kind,
    model: nn.Module,
    frames: FrameStore,
    pictures: PictureStore,
    mirror: MirrorChoice,
    same: str,
    epochs_before: int = 0,
) -> Training:
    """`same`: the fingerprint; `epochs_before`: those of another network of the job."""
    config, labels = plan.project.train, plan.project.labels
    device = next(model.parameters()).device

    def validate(candidate: nn.Module, _batch_size: int) -> dict[str, float]:
        seen = run_validation(kind, candidate, pictures, len(labels), config.iou_threshold, device)
        return curves_of(seen, pictures, labels)

    def ask_before_the_next(epoch: int, _matric: object) -> None:
        if epoch + 1 == MIRRORING_FROM and epoch < config.epochs:
            mirror.ask()

    batch = batch_within(config.batch_size, len(frames), in_all=len(frames) + len(pictures.photos))
    job = Training(
        model=model,
        optimizer=recipe.optimizer_of(model, config.learning_rate),
        precision=precision_of(device),
        schedule=warmup_cosine(config.epochs, recipe.WARMUP_EPOCHS),
        keeper=Keeper(config.metric, config.save_method, config.epochs),
        batches=lambda batch_size, rng: recipe.batches_of(job, kind, frames, batch_size, rng, mirror.photos(job.epoch)),
        losses=lambda network, batch: recipe.losses_of(kind, network, batch),
        validate=validate,
        samples=len(frames),
        max_epoch=config.epochs,
        batch_size=recipe.step_size(batch, len(frames)),
        checkpoints=plan.checkpoints,
        fingerprint=same,
        seed=plan.seed,
        early_stopping=config.early_stopping,
        ema_decay=recipe.EMA_DECAY,
        max_grad_norm=recipe.MAX_GRAD_NORM,
        set_train_mode=recipe.train_with_fixed_norms,
        after_epoch=ask_before_the_next,
        epoch_cost=lambda epoch: recipe.picture_size(epoch, config.epochs) ** 2,
        epochs_before=epochs_before,
        logged_epoch=plan.logged_epoch,
    )
    return job


def _require_boxes(frames: FrameStore, pictures: PictureStore) -> None:
    """Photos can prove unreadable, and boxes invisible in the centre square, after the split."""
    learnt, checked = int(frames.valid.any(dim=1).sum()), sum(len(truth.classes) > 0 for truth in pictures.truths)
    if not learnt or not checked:
        raise MaiError(
            "too_few_boxes",
            count=learnt + checked,
            needed=2,
        )


def fingerprint(plan: Plan, name: str, samples: list[AnnotatedPhoto], split: Split) -> str:
    """Of all that a checkpoint depends on: settings, labels, split, photos and boxes."""
    drawn = [
        (
            sample.name,
            sample.path.stat().st_size,
            sample.boxes.tolist(),
            sample.classes.tolist(),
            sample.ignored.tolist(),
        )
        for sample in samples
    ]
    return fingerprint_of(name, plan.project.train, plan.project.labels, split, drawn, plan.seed)
