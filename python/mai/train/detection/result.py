"""What a finished detector leaves: its output folder, and the last event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from mai import events
from mai.data.voc import AnnotatedPhoto
from mai.detect.detections import Detections, box_fields
from mai.detect.evaluate import BACKGROUND, DetectionQuality, evaluate_detections
from mai.detect.threshold import choose_threshold
from mai.detect.whole_photos import photos_right
from mai.device import device_name
from mai.models.samples_file import Entry
from mai.train.detection.kinds import kind_of
from mai.train.detection.prepare import Prepared
from mai.train.detection.validate import run_validation
from mai.train.engine.training import Outcome
from mai.train.plan.plan import Plan
from mai.train.results.write_output import Results, write_output

EPOCHS_TO_FIND = 3
AT_THE_END = ("epoch", "metric", "value", "seconds", "mAP", "per_label", "confusion", "precision", "recall",
              "threshold", "photos_right", "photos_checked", "expect_least", "expect_most")  # fmt: skip
"""Of the metrics those that `train_end` names."""


def write_results(plan: Plan, prepared: Prepared, outcome: Outcome) -> None:
    """Judge the kept weights at the project's thresholds, write the output folder, send `train_end`."""
    project, frames, pictures = plan.project, prepared.frames, prepared.pictures
    metrics, found = _metrics(plan, prepared, outcome)
    _notify_nothing_found(metrics["mAP"], len(outcome.curves), len(pictures.photos))
    report = {
        "project_type": project.type,
        "model": prepared.name,
        "weights": prepared.weights,
        "labels": list(project.labels),
        "train_samples": len(frames),
        "val_samples": len(pictures.photos),
        "scenes": prepared.scenes,
        "train_config": asdict(project.train),
        "batch_size": outcome.batch_size,
        "mirrored": prepared.mirror.per_label(),
        **metrics,
        **({"tried": [asdict(each) for each in prepared.tried]} if prepared.tried else {}),
        "curves": outcome.curves,
        "device": device_name(prepared.job.precision.device),
        "torch": torch.__version__,
    }
    names = photo_names(prepared)
    samples = sample_entries(prepared, project.labels, [each.above(metrics["threshold"]) for each in found])
    write_output(
        plan.output, Results(project, prepared.job.model, prepared.name, prepared.arch, names, metrics, report, samples)
    )
    events.emit("train_end", model=prepared.name, **{key: metrics[key] for key in AT_THE_END})


def photo_names(prepared: Prepared) -> dict[str, list[str]]:
    """Of the photos learnt from and of those held back, as `split` in model.pth."""
    return {
        "train": [photo.name for photo in prepared.frames.photos],
        "validation": [photo.name for photo in prepared.pictures.photos],
    }


def sample_entries(prepared: Prepared, labels: Sequence[str], found: Sequence[Detections]) -> list[Entry]:
    """For samples.json; `found`: the boxes shown in each photo held back."""
    entries: list[Entry] = []
    for photo in prepared.frames.photos:
        entries.append(_entry(photo, prepared, labels, held_back=False))
    for photo, shown in zip(prepared.pictures.photos, found, strict=True):
        said = {"boxes": box_fields(shown, labels)}
        entries.append({**_entry(photo, prepared, labels, held_back=True), "float": said})
    return entries


def _entry(photo: AnnotatedPhoto, prepared: Prepared, labels: Sequence[str], *, held_back: bool) -> Entry:
    """Its label is the one drawn most often."""
    drawn = Counter(photo.classes.tolist()).most_common(1)
    label = {"label": labels[drawn[0][0]]} if drawn else {}
    return {"file": photo.name, **label, "scene": prepared.scene_of[photo.name], "held_back": held_back}


def _notify_nothing_found(mean_precision: float | None, epochs: int, photos: int) -> None:
    """Of a training of an epoch or two nothing else is expected."""
    if not mean_precision and epochs >= EPOCHS_TO_FIND:
        events.notice(
            "nothing_found",
            count=photos,
        )


def _metrics(plan: Plan, prepared: Prepared, outcome: Outcome) -> tuple[dict[str, Any], list[Detections]]:
    """Percents, but for thresholds and the loss; and what was found in each photo held back."""
    job, config, pictures = prepared.job, plan.project.train, prepared.pictures
    device = job.precision.device
    labels, kind = plan.project.labels, kind_of(prepared.name)
    job.model.eval()
    with job.precision.autocast():
        seen = run_validation(kind, job.model, pictures, len(labels), config.iou_threshold, device)
    truths = pictures.truths
    quality = evaluate_detections(seen.found, truths, labels, config.object_threshold, config.iou_threshold)
    choice = choose_threshold(seen.found, truths, config.iou_threshold, config.object_threshold)
    scenes = [prepared.scene_of[photo.name] for photo in pictures.photos]
    right = photos_right(seen.found, truths, scenes, config.iou_threshold, config.object_threshold)
    expected = right.fields()
    metrics = {
        "epoch": outcome.epoch, "metric": config.metric, "value": outcome.value,
        "seconds": round(outcome.seconds, 2), "val_loss": round(seen.loss, 5),
        **quality_in_percent(quality), "threshold": round(choice.threshold, 3),
        "photos_right": right.right, "photos_checked": right.checked, "expect_least": expected["expect_least"],
        "expect_most": expected["expect_most"],
    }  # fmt: skip
    return metrics, seen.found


def quality_in_percent(quality: DetectionQuality) -> dict[str, Any]:
    """As people read it, and JSON can hold it."""
    return {
        "mAP": _percent(quality.map50),
        "mAP_50_95": _percent(quality.map50_95),
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
