"""Train an image classifier: from a project folder to a model folder, told in events."""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any, Final

import torch
from torch import nn

from mai import events
from mai.config import Project, read_project
from mai.data.few_scenes import tell_few_scenes
from mai.data.groups import Groups, group_photos
from mai.data.images import index_photos
from mai.data.photo_checks import tell_in_two_labels, without_black
from mai.data.preprocess import PREPROCESS
from mai.data.split import Split, split_samples
from mai.data.store import PhotoStore, load_photos
from mai.device import device_name, job_device, memory_format, to_device
from mai.errors import MaiError
from mai.models.efficientnet_lite import Reads
from mai.models.registry import BLOCKS, build_model
from mai.models.weights import SUBSTITUTES, Start, choose_start, load_start
from mai.quality.accuracy import measure
from mai.train.classification import recipe
from mai.train.classification.choose_features import READS
from mai.train.classification.instant import Instant, train_instant, with_head
from mai.train.classification.plateau import plateau_notice
from mai.train.classification.result import finish
from mai.train.engine.checkpoint import read_checkpoint
from mai.train.engine.checkpoint_files import LAST
from mai.train.engine.decisions import Decisions, read_decisions, save_decisions
from mai.train.engine.fingerprint import fingerprint_of
from mai.train.engine.held_back import HeldBackAnswers
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from mai.train.engine.memory import batch_in_memory, resident
from mai.train.engine.precision import Precision, precision_of
from mai.train.engine.schedule import warmup_cosine
from mai.train.engine.training import Training
from mai.train.engine.uneven import label_offsets, tell_uneven
from mai.train.plan.board_program import tell_labels_that_break_it
from mai.train.plan.settings import batch_within, network_or_default, tell_adjusted

KIND: Final = "IMAGE_CLASSIFICATION"


def train_classification(args: argparse.Namespace) -> None:
    """The whole training; `args` as in mai.cli. Raises MaiError."""
    started = time.monotonic()
    project = read_project(args.project)
    asked, arch = _asked(project)
    tell_labels_that_break_it(project)
    tell_adjusted(project)
    if args.threads:
        torch.set_num_threads(args.threads)
    precision = precision_of(job_device(args.device))
    store, split, groups = _read_photos(project, args)

    decisions = _decisions_to_resume(args, asked, project, store, split)
    resumes = decisions is not None
    begun_as: Instant | None = None
    if decisions is not None:
        events.emit("model_building", model=decisions.model, weights=decisions.weights)
        model = build_model(KIND, decisions.model, len(project.labels), **arch)
    else:
        instant = train_instant(
            project,
            store,
            split,
            groups,
            cache=args.cache,
            target=args.instant / "model.pth",
            precision=precision,
            seed=args.seed,
            started=started,
            among=_reads_of(asked) or READS,
        )
        start = Start(asked, "random", None)
        if not arch:
            start = choose_start(asked, args.missing_weights, args.weights_dir, SUBSTITUTES[instant.reads])
        decisions = Decisions(asked, start.name, start.weights, instant.mirrors, _for_report(instant))
        events.emit("model_building", model=start.name, weights=start.weights)
        model = _first_model(project, start, instant, arch, args.seed)
        # The substitute begins as the instant model, whose answers are known.
        begun_as = instant if _reads_of(start.name) else None
        save_decisions(args.checkpoints, decisions)

    device = device_name(precision.device)
    job, held_back = _training(project, args, model, decisions, store, split, groups, precision, begun_as)
    events.emit(
        "train_start",
        model=decisions.model,
        epochs=project.train.epochs,
        train_samples=len(split.train),
        val_samples=len(split.validation),
        device=device,
    )
    outcome = train(job, from_checkpoint=resumes)
    job.model.eval()
    with torch.inference_mode(), precision.autocast():
        logits, wanted = recipe.predict(job.model, held_back)
    answers = job.held_back.unseen(job.keeper, logits.argmax(1))
    finish(project, job.model, arch, decisions, outcome, store, split, groups, (answers, wanted), args.output,
           device)  # fmt: skip


def _asked(project: Project) -> tuple[str, dict[str, Any]]:
    """The network the project asks for, and its keyword arguments. A block program wins over modelType."""
    if project.type != KIND:
        raise MaiError(
            "project_type_wrong",
            value=project.type,
            needed=KIND,
        )
    if project.train.code is not None:
        arch = {"code": project.train.code}
        build_model(KIND, BLOCKS, len(project.labels), **arch)  # a mistake is told before the photos are read
        return BLOCKS, arch
    return network_or_default(project), {}


def _read_photos(project: Project, args: argparse.Namespace) -> tuple[PhotoStore, Split, Groups]:
    photos = index_photos(project.dataset, project.labels)
    events.emit("dataset_loading", samples=len(photos), labels=list(project.labels))
    percent = project.train.train_split
    # Split twice: a label with too few photos should be told before a long decoding, and again if some were unreadable.
    split_samples([photo.name for photo in photos], [photo.label for photo in photos], project.labels, percent,
                  args.seed)  # fmt: skip
    store = without_black(load_photos(photos, PREPROCESS.size, args.cache))
    tell_in_two_labels(store)
    names, labels = [photo.name for photo in store.photos], [photo.label for photo in store.photos]
    tell_uneven(labels, project.labels)
    groups = group_photos(store.pixels, labels, percent)
    split = split_samples(names, labels, project.labels, percent, args.seed, groups.groups.tolist())
    tell_few_scenes(groups, labels, project.labels, split)
    return store, split, groups


def _decisions_to_resume(
    args: argparse.Namespace, asked: str, project: Project, store: PhotoStore, split: Split
) -> Decisions | None:
    """The earlier decisions if there is a checkpoint to go on from, made with the same photos and settings."""
    decisions = read_decisions(args.checkpoints) if args.resume else None
    if decisions is None or decisions.asked != asked:
        return None
    fingerprint = _fingerprint(project, decisions, store, split, args.seed)
    saved = read_checkpoint(args.checkpoints / LAST, fingerprint)
    return None if saved is None else decisions


def _reads_of(name: str) -> tuple[Reads, ...]:
    """What the network of that name reads if it is one of SUBSTITUTES, else nothing."""
    return tuple(reads for reads, substitute in SUBSTITUTES.items() if substitute == name)


def _first_model(project: Project, start: Start, instant: Instant, arch: dict[str, Any], seed: int) -> nn.Module:
    if _reads_of(start.name):
        return with_head(instant.reads, instant.head)
    torch.manual_seed(seed)
    model = build_model(KIND, start.name, len(project.labels), **arch)
    load_start(model, start)
    return model


def _training(
    project: Project,
    args: argparse.Namespace,
    model: nn.Module,
    decisions: Decisions,
    store: PhotoStore,
    split: Split,
    groups: Groups,
    precision: Precision,
    begun_as: Instant | None,
) -> tuple[Training, recipe.PhotoBatches]:
    """The job, and the photos held back for validation."""
    scenes = groups.scenes[list(split.validation)].tolist()
    config, device = project.train, precision.device
    layout = memory_format(model, device)
    model = to_device(model, device, layout)
    pixels, mirrors = resident(store.pixels, device), decisions.mirrors_of(len(project.labels))
    truths = store.labels[torch.tensor(split.validation)]
    answered = HeldBackAnswers(truths, scenes)
    held = measure(torch.ones_like(truths, dtype=torch.bool), truths, scenes)
    if begun_as:
        answered.add(0, *begun_as.held_back)
    offsets = label_offsets(store.labels[torch.tensor(split.train)], len(project.labels), device)
    learn, held_back = (
        recipe.PhotoBatches(pixels, store.labels, torch.tensor(rows), device, mirrors, layout)
        for rows in (split.train, split.validation)
    )
    pretrained = decisions.weights == "imagenet"
    if not pretrained:
        recipe.quicken_norms(model)
    warmup = recipe.WARMUP_EPOCHS if pretrained else recipe.FROM_NOTHING_WARMUP_EPOCHS
    keeper = Keeper(config.metric, config.save_method, config.epochs)
    job = Training(
        model=model,
        optimizer=recipe.optimizer_of(model, config.learning_rate, pretrained),
        precision=precision,
        schedule=warmup_cosine(config.epochs, warmup),
        keeper=keeper,
        batches=learn.epoch,
        losses=partial(recipe.classification_losses, offsets=offsets),
        validate=lambda network, _batch_size: recipe.validate(network, held_back, partial(answered.add, job.epoch)),
        samples=len(learn),
        max_epoch=config.epochs,
        batch_size=batch_in_memory(batch_within(config.batch_size, len(learn), len(store.photos)), model, _one(learn)),
        checkpoints=args.checkpoints,
        fingerprint=_fingerprint(project, decisions, store, split, args.seed),
        seed=args.seed,
        early_stopping=config.early_stopping,
        set_train_mode=recipe.train_with_fixed_norms if _reads_of(decisions.model) else nn.Module.train,
        after_epoch=plateau_notice(config.epochs, warmup, len(held_back), held.independent),
        start_matric=begun_as.start_matric if begun_as else None,
        logged_epoch=args.logged_epoch,
        held_back=answered,
    )
    return job, held_back


def _one(photos: recipe.PhotoBatches) -> torch.Tensor:
    """The first photo as the network sees it, (1, 3, height, width)."""
    images, _ = next(photos.in_order(1))
    return images


def _fingerprint(project: Project, decisions: Decisions, store: PhotoStore, split: Split, seed: int) -> str:
    """Of all that a checkpoint depends on: network, settings, labels, photos and split."""
    photos = [[photo.name, digest] for photo, digest in zip(store.photos, store.digests, strict=True)]
    return fingerprint_of(decisions.model, decisions.weights, project.train, project.labels, photos, split, seed)


def _for_report(instant: Instant) -> dict[str, Any]:
    return {
        "accuracy": round(instant.accuracy, 2),
        "cross_validation": round(instant.cross_validation, 2),
        **instant.measured.fields(),
        "suspects": [vars(suspect) for suspect in instant.suspects],
        "left_out": None if instant.left_out is None else instant.left_out.fields(),
    }
