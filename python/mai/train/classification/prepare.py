"""From a project's photos to a training that can begin: the quick first model, the network, the job."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn

from mai import events
from mai.config import Project
from mai.device import memory_format, to_device
from mai.models.efficientnet_lite import Reads
from mai.models.registry import BLOCKS, build_model
from mai.models.weights import SUBSTITUTES, Start, choose_start, load_start
from mai.quality.accuracy import measure
from mai.train.classification import recipe
from mai.train.classification.choose_features import READS
from mai.train.classification.decisions import Decisions, read_decisions, save_decisions
from mai.train.classification.first_answer import read_first_answer, with_head
from mai.train.classification.instant import Instant, train_instant
from mai.train.classification.photos import Photos, read_photos
from mai.train.classification.plateau import plateau_notice
from mai.train.engine.checkpoint import read_checkpoint
from mai.train.engine.checkpoint_files import LAST
from mai.train.engine.fingerprint import fingerprint_of
from mai.train.engine.held_back import HeldBackAnswers
from mai.train.engine.keep import Keeper
from mai.train.engine.memory import batch_in_memory, resident
from mai.train.engine.precision import Precision, precision_of
from mai.train.engine.schedule import warmup_cosine
from mai.train.engine.training import Training
from mai.train.engine.uneven import label_offsets
from mai.train.plan.board_program import notify_breaking_labels
from mai.train.plan.plan import Plan, device_of, require_type
from mai.train.plan.settings import batch_within, network_or_default, notify_adjusted

KIND: Final = "IMAGE_CLASSIFICATION"


@dataclass(frozen=True)
class Beginning:
    """The network before its first epoch, and how it was chosen."""

    model: nn.Module
    decisions: Decisions
    arch: Mapping[str, Any]  # keyword arguments of the network: the program of a pupil's blocks
    instant: Instant | None = None  # where the network begins as the instant model, whose answers are known
    resumes: bool = False


@dataclass(frozen=True)
class Prepared:
    """A training that can begin, and what its results are judged by."""

    job: Training
    held_back: recipe.PhotoBatches
    photos: Photos
    beginning: Beginning


def prepare(plan: Plan) -> Prepared:
    """Everything before the first epoch. Raises MaiError."""
    require_type(plan, KIND)
    asked, arch = asked_network(plan.project)
    notify_breaking_labels(plan.project)
    notify_adjusted(plan.project)
    precision = precision_of(device_of(plan))
    with events.collected() if plan.answered else nullcontext():
        photos = read_photos(plan)
    beginning = _resume(plan, photos, asked, arch) or _begin(plan, photos, asked, arch, precision)
    job, held_back = job_of(plan, photos, beginning, precision)
    return Prepared(job, held_back, photos, beginning)


def asked_network(project: Project) -> tuple[str, dict[str, Any]]:
    """The network the project asks for, and its keyword arguments. A block program wins over modelType."""
    if project.train.code is not None:
        arch = {"code": project.train.code}
        build_model(KIND, BLOCKS, len(project.labels), **arch)  # a mistake in it is an error before the photos are read
        return BLOCKS, arch
    return network_or_default(project), {}


def _resume(plan: Plan, photos: Photos, asked: str, arch: Mapping[str, Any]) -> Beginning | None:
    """As it was decided, if there is a checkpoint to go on from, made with the same photos and settings."""
    decisions = read_decisions(plan.checkpoints) if plan.resume else None
    if decisions is None or decisions.asked != asked:
        return None
    if read_checkpoint(plan.checkpoints / LAST, fingerprint(plan, photos, decisions)) is None:
        return None
    events.emit("model_building", model=decisions.model, weights=decisions.weights)
    model = build_model(KIND, decisions.model, len(plan.project.labels), **arch)
    return Beginning(model, decisions, arch, resumes=True)


def _begin(plan: Plan, photos: Photos, asked: str, arch: Mapping[str, Any], precision: Precision) -> Beginning:
    """Make the instant model, and decide by it."""
    among = reads_to_choose(asked)
    answer = read_first_answer(plan, photos, among) if plan.answered else None
    instant = train_instant(plan, photos, precision, among, answer)
    start = Start(asked, "random", None)
    if not arch:
        start = choose_start(asked, plan.missing_weights, plan.weights_dir, SUBSTITUTES[instant.reads])
    decisions = Decisions(asked, start.name, start.weights, instant.mirrors, instant.for_report())
    events.emit("model_building", model=start.name, weights=start.weights)
    model = _first_model(plan, start, instant, arch)
    save_decisions(plan.checkpoints, decisions)
    # The substitute begins as the instant model, whose answers are known.
    return Beginning(model, decisions, arch, instant if _reads_of(start.name) else None)


def reads_to_choose(asked: str) -> tuple[Reads, ...]:
    """The features that the first answer may read: where a pupil asked for one of the substitutes, what that reads."""
    return _reads_of(asked) or READS


def _reads_of(name: str) -> tuple[Reads, ...]:
    """What the network of that name reads if it is one of SUBSTITUTES, else nothing."""
    return tuple(reads for reads, substitute in SUBSTITUTES.items() if substitute == name)


def _first_model(plan: Plan, start: Start, instant: Instant, arch: Mapping[str, Any]) -> nn.Module:
    if _reads_of(start.name):
        return with_head(instant.reads, instant.head)
    torch.manual_seed(plan.seed)
    model = build_model(KIND, start.name, len(plan.project.labels), **arch)
    load_start(model, start)
    return model


def job_of(
    plan: Plan, photos: Photos, beginning: Beginning, precision: Precision
) -> tuple[Training, recipe.PhotoBatches]:
    """The job, and the photos held back for validation."""
    store, split, decisions = photos.store, photos.split, beginning.decisions
    config, classes, device = plan.project.train, len(plan.project.labels), precision.device
    layout = memory_format(beginning.model, device)
    model = to_device(beginning.model, device, layout)
    pixels, mirrors = resident(store.pixels, device), decisions.mirrors_of(classes)
    truths = store.labels[torch.tensor(split.validation)]
    answered = HeldBackAnswers(truths, photos.scenes_held_back)
    held = measure(torch.ones_like(truths, dtype=torch.bool), truths, photos.scenes_held_back)
    if beginning.instant:
        answered.add(0, *beginning.instant.held_back)
    offsets = label_offsets(store.labels[torch.tensor(split.train)], classes, device)
    learn, held_back = (
        recipe.PhotoBatches(pixels, store.labels, torch.tensor(rows), device, mirrors, layout)
        for rows in (split.train, split.validation)
    )
    pretrained = decisions.weights == "imagenet"
    if not pretrained:
        recipe.raise_norm_momentum(model)
    warmup = recipe.WARMUP_EPOCHS if pretrained else recipe.FROM_NOTHING_WARMUP_EPOCHS
    notify_plateau = plateau_notice(config.epochs, warmup, len(held_back), held.independent)
    job = Training(
        model=model,
        optimizer=recipe.optimizer_of(model, config.learning_rate, pretrained),
        precision=precision,
        schedule=warmup_cosine(config.epochs, warmup),
        keeper=Keeper(config.metric, config.save_method, config.epochs),
        batches=learn.epoch,
        losses=partial(recipe.classification_losses, offsets=offsets),
        validate=lambda network, _batch_size: recipe.validate(network, held_back, partial(answered.add, job.epoch)),
        samples=len(learn),
        max_epoch=config.epochs,
        batch_size=batch_in_memory(batch_within(config.batch_size, len(learn), len(store.photos)), model, _one(learn)),
        checkpoints=plan.checkpoints,
        fingerprint=fingerprint(plan, photos, decisions),
        seed=plan.seed,
        early_stopping=config.early_stopping,
        set_train_mode=recipe.train_with_fixed_norms if _reads_of(decisions.model) else nn.Module.train,
        after_epoch=notify_plateau,
        recall_epoch=partial(notify_plateau, is_recalled=True),
        has_quick_model=True,
        start_metrics=beginning.instant.start_metrics if beginning.instant else None,
        logged_epoch=plan.logged_epoch,
        held_back=answered,
    )
    return job, held_back


def _one(photos: recipe.PhotoBatches) -> Tensor:
    """The first photo as the network sees it, (1, 3, height, width)."""
    images, _ = next(photos.in_order(1))
    return images


def fingerprint(plan: Plan, photos: Photos, decisions: Decisions) -> str:
    """Of all that a checkpoint depends on: network, settings, labels, photos and split."""
    files = [[name, digest] for name, digest in zip(photos.names, photos.store.digests, strict=True)]
    project = plan.project
    return fingerprint_of(
        decisions.model, decisions.weights, project.train, project.labels, files, photos.split, plan.seed
    )
