"""From a project's clips to a training that can begin."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from mai import events
from mai.config import Project
from mai.data.few_scenes import notify_copies
from mai.data.groups import Groups
from mai.data.split import Split, check_usable, split_samples
from mai.data.voice_clips import ClipSet, index_clips, load_clips
from mai.device import to_device
from mai.models.registry import BLOCKS, build_model
from mai.train.engine.fingerprint import fingerprint_of
from mai.train.engine.held_back import HeldBackAnswers
from mai.train.engine.keep import Keeper
from mai.train.engine.precision import Precision, precision_of
from mai.train.engine.schedule import warmup_cosine
from mai.train.engine.training import Training
from mai.train.engine.uneven import label_offsets, notify_uneven
from mai.train.plan.plan import Plan, device_of, require_type
from mai.train.plan.settings import batch_within, named_network, notify_adjusted
from mai.train.voice import recipe
from mai.train.voice.known import known_copies, known_groups
from mai.voice.features import CHANNELS, MELS, features

KIND: Final = "VOICE_CLASSIFICATION"
VOICE_CNN = "voice-cnn"


@dataclass(frozen=True)
class Clips:
    """`split` and `groups` count the rows of `set`."""

    set: ClipSet
    split: Split
    groups: Groups

    @property
    def scenes_held_back(self) -> list[int]:
        """The recording of each clip held back, in their order: copies have the same one."""
        return self.groups.scenes[list(self.split.validation)].tolist()


@dataclass(frozen=True)
class Prepared:
    """A training that can begin, and what its results are judged by."""

    job: Training
    held_back: recipe.ClipBatches
    clips: Clips
    name: str  # of the network
    arch: Mapping[str, Any]


def prepare(plan: Plan) -> Prepared:
    """Everything before the first epoch. Raises MaiError."""
    require_type(plan, KIND)
    name = network_of(plan.project)
    notify_adjusted(plan.project)
    precision = precision_of(device_of(plan))
    clips = read_clips(plan)
    arch: dict[str, Any] = {"frames": clips.set.frames}
    if name == BLOCKS:
        arch["code"] = plan.project.train.code
    events.emit("model_building", model=name, weights="random")
    torch.manual_seed(plan.seed)
    model = build_model(KIND, name, len(plan.project.labels), **arch)
    job, held_back = job_of(plan, clips.set, clips.split, model, precision)
    job.held_back.keep_together(clips.scenes_held_back)
    return Prepared(job, held_back, clips, name, arch)


def network_of(project: Project) -> str:
    """A block program wins over modelType. Old projects name networks for photos: the board runs one for sound."""
    if project.train.code is not None:
        return BLOCKS
    if named_network(project) is None:
        events.notice(
            "voice_network_replaced",
            asked=project.train.model_type,
            model=VOICE_CNN,
        )
    return VOICE_CNN


def read_clips(plan: Plan) -> Clips:
    """Decode the project's clips and split them; notices say what is odd. Raises MaiError for too few of a label."""
    project, seed, percent = plan.project, plan.seed, plan.project.train.train_split
    files = index_clips(project.dataset, project.labels)
    events.emit("dataset_loading", samples=len(files), labels=list(project.labels))
    # Too few clips of a label are an error before all are decoded, and afterwards if some cannot be used.
    split_samples([file.name for file in files], [file.label for file in files], project.labels, percent, seed)
    found = load_clips(files)
    labels = found.labels.tolist()
    check_usable(project.labels, [file.label for file in files], labels)
    notify_uneven(labels, project.labels)
    groups = known_groups(plan.cache, found.samples, labels, percent)
    split = split_samples(found.names, labels, project.labels, percent, seed, groups.groups.tolist())
    notify_copies(groups, labels, project.labels, split)
    return Clips(found, split, groups)


def job_of(
    plan: Plan, clips: ClipSet, split: Split, model: nn.Module, precision: Precision
) -> tuple[Training, recipe.ClipBatches]:
    """The job, and the clips held back for validation. Copies are made of training clips alone."""
    config, labels, device = plan.project.train, plan.project.labels, precision.device
    learn, held = np.array(split.train), np.array(split.validation)
    copies, classes = known_copies(plan.cache, clips.samples[learn], clips.labels[learn], labels, plan.seed)
    batches = recipe.ClipBatches(
        copies,
        classes,
        device,
        repeats=recipe.repeats_of(len(learn), clips.frames, config.epochs),
        shortens=takes_shorter(model, clips.frames),
    )
    held_back = recipe.ClipBatches(
        torch.from_numpy(features(clips.samples[held])[:, None]), torch.from_numpy(clips.labels[held]), device
    )
    answered = HeldBackAnswers(torch.from_numpy(clips.labels[held]))
    offsets = label_offsets(classes, len(labels), device)
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
        checkpoints=plan.checkpoints,
        fingerprint=fingerprint(plan, clips, split),
        seed=plan.seed,
        early_stopping=config.early_stopping,
        ema_decay=recipe.EMA_DECAY,
        shares_cores=plan.share_cores and device.type == "cpu",
        logged_epoch=plan.logged_epoch,
        held_back=answered,
    )
    return job, held_back


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


def fingerprint(plan: Plan, clips: ClipSet, split: Split) -> str:
    """Of all that a checkpoint depends on: settings (the network among them), labels, clips and split."""
    sound = hashlib.sha256(clips.samples.tobytes()).hexdigest()
    return fingerprint_of(plan.project.train, plan.project.labels, clips.names, sound, split, plan.seed)
