"""What a finished detector leaves: model.pth, labels.txt, report.json, and the last event."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from mai import events
from mai.config import Project
from mai.data.detection_store import FrameStore, SquareStore
from mai.detect.anchors import ANCHORS
from mai.detect.evaluate import BACKGROUND, DetectionQuality, evaluate_detections
from mai.detect.threshold import choose_threshold
from mai.detect.whole_photos import photos_right
from mai.device import device_name
from mai.files import new_folder
from mai.models.labels_file import write_labels
from mai.models.registry import save_model
from mai.models.report_file import write_report_file
from mai.train.detection.validate import run_validation
from mai.train.engine.training import Outcome, Training

EPOCHS_TO_FIND = 3


@dataclass(frozen=True)
class Trained:
    """A training that came to its end; the kept weights are in `job.model`."""

    project: Project
    name: str
    arch: dict[str, Any]
    job: Training
    outcome: Outcome
    frames: FrameStore
    squares: SquareStore
    mirrored: dict[str, bool]  # of each label, whether photos with it were mirrored
    scenes: dict[str, int]
    scene_of: dict[str, int]  # by the name of a photo, as the split found them


def finish(trained: Trained, output: Path) -> None:
    """Judge the kept weights at the project's thresholds, write the output folder, say `train_end`."""
    metrics = _metrics(trained)
    _tell_nothing_found(metrics, trained)
    project, split = trained.project, _split(trained)
    config = asdict(project.train)
    training = {
        "project_type": project.type,
        "model": trained.name,
        "weights": "random",
        "labels": list(project.labels),
        "train_samples": len(trained.frames),
        "val_samples": len(trained.squares.photos),
        "scenes": trained.scenes,
        "train_config": config,
        "batch_size": trained.outcome.batch_size,
        "mirrored": trained.mirrored,
        **metrics,
        "curves": trained.outcome.curves,
        "device": device_name(trained.job.precision.device),
        "torch": torch.__version__,
    }
    with new_folder(output) as folder:
        save_model(
            folder / "model.pth",
            trained.job.model,
            project_type=project.type,
            name=trained.name,
            labels=project.labels,
            arch=trained.arch,
            split=split,
            train_config=config,
            metrics=metrics,
        )
        write_labels(folder, project.labels)
        write_report_file(folder, {"training": training})
    told = ("epoch", "metric", "value", "seconds", "mAP", "per_label", "confusion", "precision", "recall", "threshold",
            "photos_right", "photos_checked", "expect_least", "expect_most")  # fmt: skip
    events.emit("train_end", model=trained.name, **{key: metrics[key] for key in told})


def _tell_nothing_found(metrics: dict[str, Any], trained: Trained) -> None:
    """Of a training of an epoch or two nothing else is expected."""
    if metrics["mAP"] or len(trained.outcome.curves) < EPOCHS_TO_FIND:
        return
    count = len(trained.squares.photos)
    events.notice(
        "nothing_found",
        count=count,
    )


def _metrics(trained: Trained) -> dict[str, Any]:
    """Percents, but for thresholds and the loss."""
    job, config = trained.job, trained.project.train
    device = job.precision.device
    anchors = torch.tensor(ANCHORS, device=device)
    job.model.eval()
    with job.precision.autocast():
        seen = run_validation(job.model, trained.squares, anchors, config.iou_threshold, device)
    labels, truths = trained.project.labels, trained.squares.truths
    quality = evaluate_detections(seen.found, truths, labels, config.object_threshold, config.iou_threshold)
    choice = choose_threshold(seen.found, truths, config.iou_threshold, config.object_threshold)
    scenes = [trained.scene_of[photo.name] for photo in trained.squares.photos]
    right = photos_right(seen.found, truths, scenes, config.iou_threshold, config.object_threshold)
    expected = right.fields()
    return {
        "epoch": trained.outcome.epoch, "metric": config.metric, "value": trained.outcome.value,
        "seconds": round(trained.outcome.seconds, 2), "val_loss": round(seen.loss, 5),
        **quality_in_percent(quality), "threshold": round(choice.threshold, 3),
        "photos_right": right.right, "photos_checked": right.checked, "expect_least": expected["expect_least"],
        "expect_most": expected["expect_most"],
    }  # fmt: skip


def quality_in_percent(quality: DetectionQuality) -> dict[str, Any]:
    """As people read it, and JSON can hold it."""
    return {
        "mAP": _percent(quality.map50),
        "per_label": {label: _percent(value) for label, value in quality.ap50.items()},
        "precision": _percent(quality.precision),
        "recall": _percent(quality.recall),
        "precision_recall_per_label": {
            label: {"precision": _percent(each["precision"]), "recall": _percent(each["recall"])}
            for label, each in quality.per_label.items()
        },
        "confusion": quality.confusion,
        "confusion_labels": [*quality.ap50, BACKGROUND],
        "object_threshold": quality.score_threshold,
        "iou_threshold": quality.iou_threshold,
    }


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 2)


def _split(trained: Trained) -> dict[str, list[str]]:
    return {
        "train": [photo.name for photo in trained.frames.photos],
        "validation": [photo.name for photo in trained.squares.photos],
    }
