"""The quick first model: frozen features and a linear head, seconds after the pupil pressed Train."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from mai.models.efficientnet_lite import Reads
from mai.models.weights import bundled_start
from mai.train.classification.choose_features import READS, reading
from mai.train.classification.first_answer import FirstAnswer, make_first_answer
from mai.train.classification.left_out import LeftOut, ask_left_out
from mai.train.classification.photos import Photos
from mai.train.engine.precision import Precision
from mai.train.features.mirror import labels_that_mirror, notify_not_mirrored, smaller, spread_over_labels
from mai.train.features.photo_features import feature_network, photo_features
from mai.train.plan.plan import Plan


@dataclass(frozen=True)
class Instant(FirstAnswer):
    """The first answer, and what a training and its report need besides."""

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


def train_instant(
    plan: Plan,
    photos: Photos,
    precision: Precision,
    among: Sequence[Reads] = READS,
    answer: FirstAnswer | None = None,
) -> Instant:
    """Make the first answer unless it was given already, and what the training needs besides.

    `among`: the features that the head may read.
    """
    project, store, groups, seed = plan.project, photos.store, photos.groups, plan.seed
    network = feature_network(bundled_start(), precision.device)
    features = photo_features(network, store.digests, store.pixels, plan.cache, precision)
    if answer is None:
        answer = make_first_answer(plan, photos, features, among)
    labels, classes = store.labels, len(project.labels)
    left_out = ask_left_out(
        reading(features.values, answer.reads), labels, classes, torch.from_numpy(groups.scenes), answer.penalty, seed
    )
    train = torch.tensor(photos.split.train)
    asked = train[spread_over_labels(labels[train])]
    scenes = torch.from_numpy(groups.groups)[asked]
    mirrors = labels_that_mirror(network, smaller(store.pixels[asked]), labels[asked], scenes, classes, precision, seed)
    notify_not_mirrored(mirrors, project.labels)
    return Instant(**vars(answer), left_out=left_out, mirrors=mirrors)
