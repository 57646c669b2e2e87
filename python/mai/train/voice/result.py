"""What a finished voice classifier leaves: model.pth, labels.txt, report.json, and the last event."""

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
from mai.data.voice_clips import ClipSet
from mai.data.voice_window import window_samples
from mai.files import new_folder
from mai.models.labels_file import write_labels
from mai.models.registry import save_model
from mai.models.report_file import write_report_file
from mai.train.engine.training import Outcome
from mai.train.results.answer_metrics import answer_metrics
from mai.voice.features import SAMPLE_RATE


def finish(
    project: Project,
    model: nn.Module,
    name: str,
    arch: Mapping[str, Any],
    outcome: Outcome,
    clips: ClipSet,
    split: Split,
    groups: Groups,
    answers: tuple[Tensor, Tensor],
    output: Path,
    device: str,
) -> None:
    """Write the output folder and say `train_end`. `answers`: int64 [N] of the clips held back, and their labels."""
    sides = {"train": [clips.names[i] for i in split.train], "validation": [clips.names[i] for i in split.validation]}
    metrics = answer_metrics(project, outcome, *answers, groups.scenes[list(split.validation)].tolist())
    config = asdict(project.train)
    report = {
        "project_type": project.type,
        "model": name,
        "asked": "blocks" if "code" in arch else project.train.model_type,
        "weights": "random",
        "labels": list(project.labels),
        "train_samples": len(split.train),
        "val_samples": len(split.validation),
        "samples_per_label": _samples_per_label(project, clips, split),
        "scenes": scenes_for_report(groups, split),
        "window_s": round(window_samples(clips.frames) / SAMPLE_RATE, 3),
        "frames": clips.frames,
        "train_config": config,
        "batch_size": outcome.batch_size,
        **metrics,
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
            name=name,
            labels=project.labels,
            arch=arch,
            split=sides,
            train_config=config,
            metrics=metrics,
        )
        write_labels(folder, project.labels)
        write_report_file(folder, {"training": report})
    events.emit("train_end", model=name, **metrics)


def _samples_per_label(project: Project, clips: ClipSet, split: Split) -> dict[str, dict[str, int]]:
    counts = {label: {"train": 0, "validation": 0} for label in project.labels}
    for side, rows in (("train", split.train), ("validation", split.validation)):
        for row in rows:
            counts[project.labels[clips.labels[row]]][side] += 1
    return counts
