"""The first answer to a pupil who pressed Train: frozen features, a linear head, and how good it is.

It is made by the training itself, or before its turn by the process that serves a whole class
(mai.train.classification.first_answers). Then the training finds it in its checkpoints folder.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mai import events
from mai.models.efficientnet_lite import EfficientNetLite0, Reads
from mai.models.registry import build_model, save_model
from mai.models.tensor_file import read_tensors, save_tensors
from mai.models.weights import SUBSTITUTES, bundled_start, load_start
from mai.quality.accuracy import Measured, label_means, measure
from mai.train.classification.choose_features import READS, choose_features, fit_reading, reading, reduced
from mai.train.classification.photos import Photos
from mai.train.classification.suspects import Suspect, suspects_among
from mai.train.engine.fingerprint import fingerprint_of
from mai.train.features.linear_head import LinearHead
from mai.train.features.photo_features import Features
from mai.train.plan.plan import Plan

FILE = "first-answer.pt"


@dataclass(frozen=True)
class FirstAnswer:
    """The head fitted on the training photos alone; accuracies in percent.

    `head` is for all features and has zeros for those that its network does not read.
    """

    reads: Reads
    head: LinearHead
    penalty: float  # of the head's weights, chosen by cross-validation
    accuracy: float
    cross_validation: float
    measured: Measured  # the cross-validation: what is said of the model
    held_back: tuple[Tensor, Tensor]  # answers int64 [N] and losses float [N] for the photos held back
    start_metrics: dict[str, float]  # the same as a training's validation would find it
    suspects: tuple[Suspect, ...]


def make_first_answer(plan: Plan, photos: Photos, features: Features, among: Sequence[Reads] = READS) -> FirstAnswer:
    """Fit, save as a model, send `instant_model`. `among`: the features that the head may read."""
    store, split, groups, seed = photos.store, photos.split, photos.groups, plan.seed
    labels, classes, values = store.labels, len(plan.project.labels), features.values
    train, held_back = torch.tensor(split.train), torch.tensor(split.validation)
    choice = choose_features(values, labels, classes, train, seed, among, torch.from_numpy(groups.groups))
    reads, checked = choice.reads, choice.checked
    head = fit_reading(values[train], labels[train], classes, checked.penalty, reads)
    answers, losses = ask_head(head, values[held_back], labels[held_back])
    found = validate_head(answers, losses, labels[held_back])
    suspects = suspects_among(
        reading(values, reads), labels, classes, checked, groups, seed, photos.names, plan.project.labels
    )
    made = FirstAnswer(
        reads, head, checked.penalty, found["val_acc"], checked.accuracy,
        measure(checked.probabilities.argmax(1) == labels, labels, groups.scenes.tolist(), checked.folds),
        (answers, losses), found, suspects,
    )  # fmt: skip
    save_instant(plan, photos, reads, head, made.accuracy)
    events.emit(
        "instant_model",
        accuracy=round(made.accuracy, 2),
        cross_validation=round(made.cross_validation, 2),
        **made.measured.fields(),
        suspects=[vars(suspect) for suspect in suspects],
        seconds=round(time.monotonic() - plan.started, 2),
        computed=features.computed,
        cached=features.cached,
    )
    return made


def keep_first_answer(plan: Plan, photos: Photos, among: Sequence[Reads], answer: FirstAnswer) -> None:
    """For the training that comes later. Raises OSError."""
    save_tensors(plan.checkpoints / FILE, {
        **vars(answer),
        "head": vars(answer.head),
        "measured": vars(answer.measured),
        "held_back": list(answer.held_back),
        "suspects": [vars(suspect) for suspect in answer.suspects],
        "fingerprint": _fingerprint(plan, photos, among),
    })  # fmt: skip


def read_first_answer(plan: Plan, photos: Photos, among: Sequence[Reads]) -> FirstAnswer | None:
    """What `keep_first_answer` kept for the same photos, labels and split; None if nothing can be read."""
    try:
        kept = read_tensors(plan.checkpoints / FILE)
        if kept.pop("fingerprint") != _fingerprint(plan, photos, among):
            return None
        kept["head"] = LinearHead(**kept["head"])
        kept["measured"] = Measured(**kept["measured"])
        kept["held_back"] = tuple(kept["held_back"])
        kept["suspects"] = tuple(Suspect(**one) for one in kept["suspects"])
        return FirstAnswer(**kept)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError, KeyError, TypeError, AttributeError):
        return None  # it is made again


def _fingerprint(plan: Plan, photos: Photos, among: Sequence[Reads]) -> str:
    files = [[name, digest] for name, digest in zip(photos.names, photos.store.digests, strict=True)]
    return fingerprint_of(plan.project.labels, files, photos.split, plan.seed, list(among))


def with_head(reads: Reads, head: LinearHead) -> nn.Module:
    """The EfficientNet-Lite0 of what the head reads with the head as its classifier, in eval mode on the CPU."""
    return _set_head(_pretrained(reads), reads, head)


def _pretrained(reads: Reads) -> EfficientNetLite0:
    start = bundled_start(SUBSTITUTES[reads])
    model = cast(EfficientNetLite0, build_model("IMAGE_CLASSIFICATION", start.name, 1))
    load_start(model, start)
    return model.eval()


_to_save = cache(_pretrained)  # building one takes longer than writing it


def _set_head(model: EfficientNetLite0, reads: Reads, head: LinearHead) -> EfficientNetLite0:
    last = reduced(head, reads)
    model.set_head(last.weight, last.bias)
    return model


def save_instant(plan: Plan, photos: Photos, reads: Reads, head: LinearHead, accuracy: float) -> None:
    save_model(
        plan.instant / "model.pth",
        _set_head(_to_save(reads), reads, head),
        project_type=plan.project.type,
        name=SUBSTITUTES[reads],
        labels=plan.project.labels,
        arch={},
        split=photos.split.of(photos.names),
        train_config={"instant": True},
        metrics={"val_acc": accuracy},
    )


def ask_head(head: LinearHead, features: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Answers int64 [N] and losses float32 [N] of the whole network, without running it: its features are known."""
    probabilities = head.probabilities(features)
    losses = F.nll_loss(probabilities.clamp_min(1e-9).log(), labels, reduction="none")
    return probabilities.argmax(1), losses


def validate_head(answers: Tensor, losses: Tensor, labels: Tensor) -> dict[str, float]:
    """What a validation of the whole network would say."""
    return {key: round(value, 5) for key, value in label_means(answers, losses, labels).items()}
