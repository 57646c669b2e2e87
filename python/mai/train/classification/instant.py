"""The quick first model: frozen features and a linear head, seconds after the pupil pressed Train."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mai import events
from mai.data.groups import Groups
from mai.models.efficientnet_lite import EfficientNetLite0, Reads
from mai.models.registry import build_model, save_model
from mai.models.weights import SUBSTITUTES, bundled_start, load_start
from mai.quality.accuracy import Measured, label_means, measure
from mai.train.classification.choose_features import READS, choose_features, fit_reading, reading, reduced
from mai.train.classification.left_out import LeftOut, ask_left_out
from mai.train.classification.photos import Photos
from mai.train.engine.precision import Precision
from mai.train.features.linear_head import CrossValidation, LinearHead, second_look
from mai.train.features.mirror import labels_that_mirror, notify_not_mirrored, smaller, spread_over_labels
from mai.train.features.photo_features import feature_network, photo_features
from mai.train.plan.plan import Plan

MAX_SUSPECTS = 20
SURE = 0.5  # a suspect's other label has at least this probability …
TIMES_LIKELIER = 3.25  # … and is this many times as likely as its own


@dataclass(frozen=True)
class Suspect:
    """A photo whose label the others contradict."""

    file: str
    label: str
    suggestion: str


@dataclass(frozen=True)
class Instant:
    """The head fitted on the training photos alone; accuracies in percent.

    `head` is for all features and has zeros for those that its network does not read.
    """

    reads: Reads
    head: LinearHead
    accuracy: float
    cross_validation: float
    measured: Measured  # the cross-validation: what is said of the model
    held_back: tuple[Tensor, Tensor]  # answers int64 [N] and losses float [N] for the photos held back
    start_metrics: dict[str, float]  # the same as a training's validation would find it
    suspects: tuple[Suspect, ...]
    left_out: LeftOut | None  # photos of labels that were hidden, noticed as none of the others
    mirrors: tuple[bool, ...]  # for each label whether a mirrored photo still belongs to it

    def for_report(self) -> dict[str, Any]:
        return {
            "accuracy": round(self.accuracy, 2),
            "cross_validation": round(self.cross_validation, 2),
            **self.measured.fields(),
            "suspects": [vars(suspect) for suspect in self.suspects],
            "left_out": None if self.left_out is None else self.left_out.fields(),
        }


def train_instant(plan: Plan, photos: Photos, precision: Precision, among: Sequence[Reads] = READS) -> Instant:
    """Fit, save, send `instant_model`. `among`: the features that the head may read."""
    project, store, split, groups, seed = plan.project, photos.store, photos.split, photos.groups, plan.seed
    network = feature_network(bundled_start(), precision.device)
    features = photo_features(network, store.digests, store.pixels, plan.cache, precision)
    labels, classes = store.labels, len(project.labels)
    train, held_back = torch.tensor(split.train), torch.tensor(split.validation)
    choice = choose_features(features.values, labels, classes, train, seed, among, torch.from_numpy(groups.groups))
    reads, checked = choice.reads, choice.checked
    head = fit_reading(features.values[train], labels[train], classes, checked.penalty, reads)
    answers, losses = ask_head(head, features.values[held_back], labels[held_back])
    found = validate_head(answers, losses, labels[held_back])
    accuracy = found["val_acc"]
    measured = measure(checked.probabilities.argmax(1) == labels, labels, groups.scenes.tolist(), checked.folds)
    suspects = suspects_among(
        reading(features.values, reads), labels, classes, checked, groups, seed, photos.names, project.labels
    )
    save_instant(plan, photos, reads, head, accuracy)
    events.emit(
        "instant_model",
        accuracy=round(accuracy, 2),
        cross_validation=round(checked.accuracy, 2),
        **measured.fields(),
        suspects=[vars(suspect) for suspect in suspects],
        seconds=round(time.monotonic() - plan.started, 2),
        computed=features.computed,
        cached=features.cached,
    )
    left_out = ask_left_out(
        reading(features.values, reads), labels, classes, torch.from_numpy(groups.scenes), checked.penalty, seed
    )
    asked = train[spread_over_labels(labels[train])]
    scenes = torch.from_numpy(groups.groups)[asked]
    mirrors = labels_that_mirror(network, smaller(store.pixels[asked]), labels[asked], scenes, classes, precision, seed)
    notify_not_mirrored(mirrors, project.labels)
    held = (answers, losses)
    return Instant(reads, head, accuracy, checked.accuracy, measured, held, found, suspects, left_out, mirrors)


def suspects_among(
    features: Tensor,
    labels: Tensor,
    classes: int,
    checked: CrossValidation,
    groups: Groups,
    seed: int,
    names: Sequence[str],
    label_names: Sequence[str],
) -> tuple[Suspect, ...]:
    """Photos (float32 [N, D], int64 [N]) whose label the others contradict, after a first cross-validation."""
    opinions = second_look(features, labels, classes, checked, seed, groups_of_label(groups, labels))
    return find_suspects(opinions, labels, names, label_names)


def groups_of_label(groups: Groups, labels: Tensor) -> Tensor:
    """int64 [N]: the groups, each divided by label. A photo's twins under another label may speak against its own."""
    pairs = torch.stack([torch.from_numpy(groups.groups), labels], dim=1)
    return pairs.unique(dim=0, return_inverse=True)[1]


def find_suspects(
    probabilities: Tensor, labels: Tensor, names: Sequence[str], label_names: Sequence[str]
) -> tuple[Suspect, ...]:
    """Photos for which another label is likelier by far (float [N, classes] out of fold), the surest first."""
    own = probabilities.gather(1, labels[:, None]).squeeze(1)
    other, suggestion = probabilities.max(1)
    doubtful = (other >= SURE) & (other > TIMES_LIKELIER * own)
    rows = sorted(doubtful.nonzero().flatten().tolist(), key=lambda row: float(own[row] - other[row]))
    return tuple(
        Suspect(names[row], label_names[int(labels[row])], label_names[int(suggestion[row])])
        for row in rows[:MAX_SUSPECTS]
    )


def with_head(reads: Reads, head: LinearHead) -> nn.Module:
    """The EfficientNet-Lite0 of what the head reads with the head as its classifier, in eval mode on the CPU."""
    start, last = bundled_start(SUBSTITUTES[reads]), reduced(head, reads)
    model = cast(EfficientNetLite0, build_model("IMAGE_CLASSIFICATION", start.name, len(last.bias)))
    load_start(model, start)
    model.set_head(last.weight, last.bias)
    return model.eval()


def save_instant(plan: Plan, photos: Photos, reads: Reads, head: LinearHead, accuracy: float) -> None:
    save_model(
        plan.instant / "model.pth",
        with_head(reads, head),
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
