"""Train an object detector: from a project folder to a model folder, told in events."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Final

import torch

from mai import events
from mai.config import Project, read_project
from mai.data.detection_store import FrameStore, SquareStore, load_frames, load_squares, load_thumbnails
from mai.data.few_scenes import scenes_for_report, tell_few_scenes, tell_shared_by_lists
from mai.data.groups import Groups, group_photos
from mai.data.split import Split
from mai.data.voc import AnnotatedPhoto, index_voc
from mai.data.voc_split import listed_split, strata_of, stratified_split
from mai.detect.anchors import ANCHORS
from mai.device import device_name, job_device, to_device
from mai.errors import MaiError
from mai.models.registry import build_model
from mai.train.detection import recipe
from mai.train.detection.mirror import FIRST_EPOCH as MIRRORING_FROM
from mai.train.detection.mirror import MirrorChoice
from mai.train.detection.result import Trained, finish
from mai.train.detection.validate import curves_of, run_validation
from mai.train.engine.fingerprint import fingerprint_of
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from mai.train.engine.memory import resident
from mai.train.engine.precision import precision_of
from mai.train.engine.schedule import warmup_cosine
from mai.train.engine.training import Training
from mai.train.plan.board_program import tell_labels_that_break_it
from mai.train.plan.settings import batch_within, network_or_default, tell_adjusted

KIND: Final = "OBJECT_DETECTION"
DEFAULT_MODEL = "slim_yolo_v2"


def train_detection(args: argparse.Namespace) -> None:
    """The whole training; `args` as in mai.cli. Raises MaiError."""
    project = read_project(args.project)
    if project.type != KIND:
        raise MaiError(
            "project_type_wrong",
            value=project.type,
            needed=KIND,
        )
    if args.threads:
        torch.set_num_threads(args.threads)
    device = job_device(args.device)
    name = _network(project)
    tell_labels_that_break_it(project)
    tell_adjusted(project)

    samples = index_voc(project.dataset, project.labels)
    split, groups = split_photos(samples, project, args)
    events.emit("dataset_loading", samples=len(samples), labels=list(project.labels))
    frames = load_frames(_pick(samples, split.train), args.cache)
    squares = load_squares(_pick(samples, split.validation), args.cache)
    _check_sides(frames, squares)
    frames = replace(frames, pixels=resident(frames.pixels, device))

    events.emit("model_building", model=name, weights="random")
    torch.manual_seed(args.seed)
    arch = {"anchors": [list(anchor) for anchor in ANCHORS]}
    model = build_model(KIND, name, len(project.labels), **arch)
    model = to_device(model, device, torch.channels_last)
    fingerprint = _fingerprint(project, name, samples, split, args.seed)
    mirror = MirrorChoice(
        frames,
        project.labels,
        precision_of(device),
        checkpoints=args.checkpoints,
        fingerprint=fingerprint,
        seed=args.seed,
        resumes=args.resume,
    )
    job = _training(project, args, model, frames, squares, fingerprint, mirror)
    events.emit(
        "train_start",
        model=name,
        epochs=project.train.epochs,
        train_samples=len(frames),
        val_samples=len(squares.photos),
        device=device_name(device),
    )
    outcome = train(job, from_checkpoint=args.resume)
    scenes = scenes_for_report(groups, split)
    scene_of = {photo.name: int(scene) for photo, scene in zip(samples, groups.scenes, strict=True)}
    finish(
        Trained(project, name, arch, job, outcome, frames, squares, mirror.per_label(), scenes, scene_of),
        args.output,
    )


def split_photos(samples: list[AnnotatedPhoto], project: Project, args: argparse.Namespace) -> tuple[Split, Groups]:
    """The project's own lists, or by labels and scenes; `args.seed` decides among equals."""
    strata, percent = strata_of(samples), project.train.train_split
    groups = group_photos(load_thumbnails(samples), strata, percent)
    listed = listed_split(samples, project.dataset)
    if listed is not None:
        tell_shared_by_lists(groups, listed)
        return listed, groups
    split = stratified_split(samples, percent, args.seed, groups.groups.tolist())
    tell_few_scenes(groups, strata, project.labels, split)
    return split, groups


def _network(project: Project) -> str:
    """The network to train: the IDE also offers those of another board, and block programs."""
    if project.train.code is not None:
        events.notice(
            "blocks_without_boxes",
            model=DEFAULT_MODEL,
        )
        return DEFAULT_MODEL
    asked = project.train.model_type
    if asked.lower().startswith("yolo11"):
        events.notice(
            "detector_substituted",
            asked=asked,
            model=DEFAULT_MODEL,
        )
        return DEFAULT_MODEL
    return network_or_default(project)


def _training(
    project: Project,
    args: argparse.Namespace,
    model: torch.nn.Module,
    frames: FrameStore,
    squares: SquareStore,
    fingerprint: str,
    mirror: MirrorChoice,
) -> Training:
    config = project.train
    device = next(model.parameters()).device
    anchors = torch.tensor(ANCHORS, device=device)

    def validate(candidate: torch.nn.Module, _batch_size: int) -> dict[str, float]:
        seen = run_validation(candidate, squares, anchors, config.iou_threshold, device)
        return curves_of(seen, squares, project.labels)

    def ask_before_the_next(epoch: int, _matric: object) -> None:
        if epoch + 1 == MIRRORING_FROM and epoch < config.epochs:
            mirror.ask()

    batch = batch_within(config.batch_size, len(frames), in_all=len(frames) + len(squares.photos))
    job = Training(
        model=model,
        optimizer=recipe.optimizer_of(model, config.learning_rate),
        precision=precision_of(device),
        schedule=warmup_cosine(config.epochs, recipe.WARMUP_EPOCHS),
        keeper=Keeper(config.metric, config.save_method, config.epochs),
        batches=lambda batch_size, rng: recipe.batches_of(job, frames, batch_size, rng, mirror.photos(job.epoch)),
        losses=lambda network, batch: recipe.losses_of(network, batch, anchors),
        validate=validate,
        samples=len(frames),
        max_epoch=config.epochs,
        batch_size=recipe.step_size(batch, len(frames)),
        checkpoints=args.checkpoints,
        fingerprint=fingerprint,
        seed=args.seed,
        early_stopping=config.early_stopping,
        ema_decay=recipe.EMA_DECAY,
        max_grad_norm=recipe.MAX_GRAD_NORM,
        after_epoch=ask_before_the_next,
        epoch_cost=lambda epoch: recipe.picture_size(epoch, config.epochs) ** 2,
        logged_epoch=args.logged_epoch,
    )
    return job


def _pick(samples: list[AnnotatedPhoto], rows: tuple[int, ...]) -> list[AnnotatedPhoto]:
    return [samples[row] for row in rows]


def _check_sides(frames: FrameStore, squares: SquareStore) -> None:
    """Photos can prove unreadable, and boxes invisible in the centre square, after the split."""
    learnt, checked = int(frames.valid.any(dim=1).sum()), sum(len(truth.classes) > 0 for truth in squares.truths)
    if not learnt or not checked:
        raise MaiError(
            "too_few_boxes",
            count=learnt + checked,
            needed=2,
        )


def _fingerprint(project: Project, name: str, samples: list[AnnotatedPhoto], split: Split, seed: int) -> str:
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
    return fingerprint_of(name, project.train, project.labels, split, drawn, seed)
