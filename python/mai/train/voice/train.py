"""Train a voice classifier: from a project folder to a model folder, told in events."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from mai import events
from mai.config import Project, read_project
from mai.data.few_scenes import tell_copies
from mai.data.groups import Groups
from mai.data.split import Split, split_samples
from mai.data.voice_augment import augmented_features
from mai.data.voice_clips import ClipSet, index_clips, load_clips
from mai.data.voice_copies import group_clips
from mai.data.voice_labels import label_for_other_speech, noise_labels
from mai.data.voice_other_speech import other_speech
from mai.device import device_name, job_device, to_device
from mai.errors import MaiError
from mai.models.registry import BLOCKS, build_model
from mai.train.engine.fingerprint import fingerprint_of
from mai.train.engine.held_back import HeldBackAnswers
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from mai.train.engine.precision import Precision, precision_of
from mai.train.engine.schedule import warmup_cosine
from mai.train.engine.training import Training
from mai.train.engine.uneven import label_offsets, tell_uneven
from mai.train.plan.settings import batch_within, named_network, tell_adjusted
from mai.train.voice import recipe
from mai.train.voice.result import finish
from mai.voice.features import CHANNELS, MELS, features

KIND: Final = "VOICE_CLASSIFICATION"
VOICE_CNN = "voice-cnn"


def train_voice(args: argparse.Namespace) -> None:
    """The whole training; `args` as in mai.cli. Raises MaiError."""
    project = read_project(args.project)
    name = _network(project)
    tell_adjusted(project)
    if args.threads:
        torch.set_num_threads(args.threads)
    precision = precision_of(job_device(args.device))
    clips, split, groups = _read_clips(project, args.seed)
    arch: dict[str, Any] = {"frames": clips.frames}
    if name == BLOCKS:
        arch["code"] = project.train.code
    events.emit("model_building", model=name, weights="random")
    torch.manual_seed(args.seed)
    model = build_model(KIND, name, len(project.labels), **arch)

    job, held_back = prepare(project, model, clips, split, precision, args.checkpoints, args.seed)
    job.logged_epoch = args.logged_epoch
    device = device_name(precision.device)
    events.emit(
        "train_start",
        model=name,
        epochs=project.train.epochs,
        train_samples=len(split.train),
        val_samples=len(split.validation),
        device=device,
    )
    job.held_back.keep_together(groups.scenes[list(split.validation)].tolist())
    outcome = train(job, from_checkpoint=args.resume)
    job.model.eval()
    with torch.inference_mode(), precision.autocast():
        logits, wanted = recipe.predict(job.model, held_back, outcome.batch_size)
    answers = job.held_back.unseen(job.keeper, logits.argmax(1))
    finish(project, job.model, name, arch, outcome, clips, split, groups, (answers, wanted), args.output, device)


def prepare(
    project: Project, model: nn.Module, clips: ClipSet, split: Split, precision: Precision, checkpoints: Path, seed: int
) -> tuple[Training, recipe.ClipBatches]:
    """The job, and the clips held back for validation. Copies are made of training clips alone."""
    config, device = project.train, precision.device
    learn, held = np.array(split.train), np.array(split.validation)
    copies, labels = practice_copies(clips.samples[learn], clips.labels[learn], project.labels, seed)
    batches = recipe.ClipBatches(
        copies,
        labels,
        device,
        repeats=recipe.repeats_of(len(learn), clips.frames, config.epochs),
        shortens=takes_shorter(model, clips.frames),
    )
    held_back = recipe.ClipBatches(
        torch.from_numpy(features(clips.samples[held])[:, None]), torch.from_numpy(clips.labels[held]), device
    )
    answered = HeldBackAnswers(torch.from_numpy(clips.labels[held]))
    offsets = label_offsets(labels, len(project.labels), device)
    model = to_device(model, device, torch.channels_last)
    job = Training(
        model=model,
        optimizer=recipe.optimizer_of(model, config.learning_rate),
        precision=precision,
        schedule=warmup_cosine(config.epochs),
        keeper=Keeper(config.metric, config.save_method, config.epochs),
        batches=batches.epoch,
        losses=partial(recipe.voice_losses, offsets=offsets),
        validate=lambda network, size: recipe.validate(network, held_back, size, partial(answered.add, job.epoch)),
        samples=len(batches),
        max_epoch=config.epochs,
        batch_size=batch_within(config.batch_size, len(batches), len(clips.labels)),
        checkpoints=checkpoints,
        fingerprint=_fingerprint(project, clips, split, seed),
        seed=seed,
        early_stopping=config.early_stopping,
        ema_decay=recipe.EMA_DECAY,
        held_back=answered,
    )
    return job, held_back


def practice_copies(samples: np.ndarray, labels: np.ndarray, names: Sequence[str], seed: int) -> tuple[Tensor, Tensor]:
    """uint8 [rows, COPIES, 40, W] and int64 [rows]: altered copies of every clip, then other speech as noise."""
    rng = np.random.default_rng(seed)
    is_noise = np.isin(labels, noise_labels(names))
    copies = [augmented_features(samples, is_noise, recipe.COPIES, rng)]
    label = label_for_other_speech(names)
    rows = round(recipe.STRANGERS * (~is_noise).sum())
    if label is not None and is_noise.any():
        words = [index for index in range(len(names)) if index not in noise_labels(names)]
        # Each is learnt as it is and once altered, so that a row holds half as many different ones as copies.
        made = other_speech(samples, labels, words, rows * recipe.COPIES // 2, rng)
        made = made[rng.permutation(len(made) // (recipe.COPIES // 2) * (recipe.COPIES // 2))]
        if len(made):
            altered = augmented_features(made, np.zeros(len(made), bool), 2, rng, noise=samples[is_noise])
            copies.append(altered.reshape(-1, recipe.COPIES, *altered.shape[2:]))
            labels = np.concatenate([labels, np.full(len(copies[1]), label)])
    return torch.from_numpy(np.concatenate(copies)), torch.from_numpy(labels)


def takes_shorter(model: nn.Module, frames: int) -> bool:
    """Whether the network takes features one frame narrower, as one without a global pooling does not."""
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            model(torch.zeros(1, CHANNELS, MELS, frames - 1))
    except RuntimeError:
        return False
    finally:
        model.train(training)
    return True


def _network(project: Project) -> str:
    """A block program wins over modelType. Old projects name networks for photos: the board runs one for sound."""
    if project.type != KIND:
        raise MaiError(
            "project_type_wrong",
            value=project.type,
            needed=KIND,
        )
    if project.train.code is not None:
        return BLOCKS
    if named_network(project) is None:
        events.notice(
            "voice_network_replaced",
            asked=project.train.model_type,
            model=VOICE_CNN,
        )
    return VOICE_CNN


def _read_clips(project: Project, seed: int) -> tuple[ClipSet, Split, Groups]:
    files = index_clips(project.dataset, project.labels)
    events.emit("dataset_loading", samples=len(files), labels=list(project.labels))
    percent = project.train.train_split
    # Split twice: a label with too few clips should be told before all is decoded, and again if some were left out.
    split_samples([file.name for file in files], [file.label for file in files], project.labels, percent, seed)
    clips = load_clips(files)
    labels = clips.labels.tolist()
    tell_uneven(labels, project.labels)
    groups = group_clips(clips.samples, labels, percent)
    split = split_samples(clips.names, labels, project.labels, percent, seed, groups.groups.tolist())
    tell_copies(groups, labels, project.labels, split)
    return clips, split, groups


def _fingerprint(project: Project, clips: ClipSet, split: Split, seed: int) -> str:
    """Of all that a checkpoint depends on: settings (the network among them), labels, clips and split."""
    sound = hashlib.sha256(clips.samples.tobytes()).hexdigest()
    return fingerprint_of(project.train, project.labels, clips.names, sound, split, seed)
