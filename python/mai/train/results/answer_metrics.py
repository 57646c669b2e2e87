"""What is said of a finished classifier, of photos or sounds: from its answers for the samples held back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mai.config import Project
from mai.quality.accuracy import measure
from mai.train.engine.training import Outcome


def answer_metrics(
    project: Project, outcome: Outcome, answers: Tensor, wanted: Tensor, groups: Sequence[int] | None = None
) -> dict[str, Any]:
    """What is said of a finished classifier. `groups` of the samples held back: mai.quality.accuracy.measure.

    `value` estimates the accuracy for new samples. It is not the best epoch's own figure, which is too high.
    """
    table = confusion_matrix(answers, wanted, len(project.labels))
    measured = measure(answers == wanted, wanted, groups)
    is_share = project.train.metric == "val_accuracy"
    return {
        "epoch": outcome.epoch,
        "metric": project.train.metric,
        "value": round(100 * measured.share, 2) if is_share else outcome.value,
        "seconds": round(outcome.seconds, 2),
        **measured.fields(),
        "per_label": per_label_accuracy(table, project.labels),
        "confusion": table.tolist(),
    }


def confusion_matrix(answers: Tensor, wanted: Tensor, classes: int) -> Tensor:
    """int64 [classes, classes]: row the photo's label, column the answer."""
    return torch.bincount(wanted * classes + answers, minlength=classes * classes).view(classes, classes)


def per_label_accuracy(table: Tensor, labels: tuple[str, ...]) -> dict[str, float | None]:
    """Percent of each label's validation photos that were answered right."""
    return {
        label: round(100 * int(row[index]) / int(row.sum()), 2) if row.sum() else None
        for index, (label, row) in enumerate(zip(labels, table, strict=True))
    }
