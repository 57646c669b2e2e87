"""What a finished classifier leaves: its output folder, and the last event."""

from __future__ import annotations

from dataclasses import asdict

import torch
from torch import Tensor

from mai import events
from mai.data.few_scenes import scenes_for_report
from mai.device import device_name
from mai.train.classification import recipe
from mai.train.classification.findings import findings_of
from mai.train.classification.prepare import Prepared
from mai.train.engine.training import Outcome
from mai.train.plan.plan import Plan
from mai.train.results.answer_metrics import answer_metrics
from mai.train.results.sample_entries import sample_entries
from mai.train.results.samples_per_label import samples_per_label
from mai.train.results.write_output import Results, write_output


def write_results(plan: Plan, prepared: Prepared, outcome: Outcome) -> None:
    """Judge the kept weights by the photos held back, write the output folder, send `train_end`."""
    project, photos, beginning = plan.project, prepared.photos, prepared.beginning
    decisions, split, model = beginning.decisions, photos.split, prepared.job.model
    counted, logits, wanted = _answers(prepared)
    metrics = answer_metrics(project, outcome, counted, wanted, photos.scenes_held_back)
    report = {
        "project_type": project.type,
        "model": decisions.model,
        "asked": decisions.asked,
        "weights": decisions.weights,
        "labels": list(project.labels),
        "train_samples": len(split.train),
        "val_samples": len(split.validation),
        "samples_per_label": samples_per_label(project.labels, photos.store.labels.tolist(), split),
        "scenes": scenes_for_report(photos.groups, split),
        "train_config": asdict(project.train),
        "batch_size": outcome.batch_size,
        "mirrored": dict(zip(project.labels, decisions.mirrors_of(len(project.labels)), strict=True)),
        **metrics,
        "instant": decisions.instant,
        "findings": findings_of(photos, project.labels, decisions.instant["suspects"]),
        "curves": outcome.curves,
        "value_of_kept_epoch": outcome.value,
        "device": device_name(prepared.job.precision.device),
        "torch": torch.__version__,
    }
    names = split.of(photos.names)
    classes, scenes = photos.store.labels.tolist(), photos.groups.scenes.tolist()
    samples = sample_entries(photos.names, classes, project.labels, scenes, split, counted, logits)
    write_output(plan.output, Results(project, model, decisions.model, beginning.arch, names, metrics, report, samples))
    events.emit("train_end", model=decisions.model, **metrics)


def _answers(prepared: Prepared) -> tuple[Tensor, Tensor, Tensor]:
    """Of the photos held back: answers fit to be reported (engine.held_back), int64 [N]; logits of the finished
    network, float32 [N, classes]; labels, int64 [N]."""
    job = prepared.job
    job.model.eval()
    with torch.inference_mode(), job.precision.autocast():
        logits, wanted = recipe.predict(job.model, prepared.held_back)
    return job.held_back.unseen(job.keeper, logits.argmax(1)), logits, wanted
