"""What a finished classifier leaves: model.pth, labels.txt, report.json, and the last event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mai import events
from mai.config import Project
from mai.data.few_scenes import scenes_for_report
from mai.data.groups import Groups
from mai.data.split import Split
from mai.data.store import PhotoStore
from mai.files import new_folder
from mai.models.labels_file import write_labels
from mai.models.registry import save_model
from mai.models.report_file import write_report_file
from mai.train.engine.decisions import Decisions
from mai.train.engine.training import Outcome
from mai.train.results.answer_metrics import answer_metrics


def finish(
    project: Project,
    model: nn.Module,
    arch: Mapping[str, Any],
    decisions: Decisions,
    outcome: Outcome,
    store: PhotoStore,
    split: Split,
    groups: Groups,
    answers: tuple[Tensor, Tensor],
    output: Path,
    device: str,
) -> None:
    """Write the output folder and say `train_end`. `answers`: int64 [N] of the photos held back, and their labels."""
    names = [photo.name for photo in store.photos]
    sides = {"train": [names[i] for i in split.train], "validation": [names[i] for i in split.validation]}
    metrics = answer_metrics(project, outcome, *answers, groups.scenes[list(split.validation)].tolist())
    config = asdict(project.train)
    report = {
        "project_type": project.type,
        "model": decisions.model,
        "asked": decisions.asked,
        "weights": decisions.weights,
        "labels": list(project.labels),
        "train_samples": len(split.train),
        "val_samples": len(split.validation),
        "samples_per_label": samples_per_label(project, store, split),
        "scenes": scenes_for_report(groups, split),
        "train_config": config,
        "batch_size": outcome.batch_size,
        "mirrored": dict(zip(project.labels, decisions.mirrors_of(len(project.labels)), strict=True)),
        **metrics,
        "instant": decisions.instant,
        "curves": outcome.curves,
        "value_of_kept_epoch": outcome.value,
        "device": device,
        "torch": torch.__version__,
    }
    with new_folder(output) as folder:
        save_model(
            folder / "model.pth",
            model,
            project_type=project.type,
            name=decisions.model,
            labels=project.labels,
            arch=arch,
            split=sides,
            train_config=config,
            metrics=metrics,
        )
        write_labels(folder, project.labels)
        write_report_file(folder, {"training": report})
    events.emit("train_end", model=decisions.model, **metrics)


def samples_per_label(project: Project, store: PhotoStore, split: Split) -> dict[str, dict[str, int]]:
    counts = {label: {"train": 0, "validation": 0} for label in project.labels}
    for side, rows in (("train", split.train), ("validation", split.validation)):
        for row in rows:
            counts[project.labels[store.photos[row].label]][side] += 1
    return counts
