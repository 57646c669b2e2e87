"""What a finished voice classifier leaves: its output folder, and the last event."""

from __future__ import annotations

from dataclasses import asdict

import torch
from torch import Tensor

from mai import events
from mai.data.few_scenes import scenes_for_report
from mai.data.voice_window import window_samples
from mai.device import device_name
from mai.train.engine.training import Outcome
from mai.train.plan.plan import Plan
from mai.train.results.answer_metrics import answer_metrics
from mai.train.results.sample_entries import sample_entries
from mai.train.results.samples_per_label import samples_per_label
from mai.train.results.write_output import Results, write_output
from mai.train.voice import recipe
from mai.train.voice.prepare import Prepared
from mai.voice.features import SAMPLE_RATE


def write_results(plan: Plan, prepared: Prepared, outcome: Outcome) -> None:
    """Judge the kept weights by the clips held back, write the output folder, send `train_end`."""
    project, clips, split = plan.project, prepared.clips.set, prepared.clips.split
    counted, logits, wanted = _answers(prepared, outcome.batch_size)
    metrics = answer_metrics(project, outcome, counted, wanted, prepared.clips.scenes_held_back)
    report = {
        "project_type": project.type,
        "model": prepared.name,
        "asked": "blocks" if "code" in prepared.arch else project.train.model_type,
        "weights": "random",
        "labels": list(project.labels),
        "train_samples": len(split.train),
        "val_samples": len(split.validation),
        "samples_per_label": samples_per_label(project.labels, clips.labels.tolist(), split),
        "scenes": scenes_for_report(prepared.clips.groups, split),
        "window_s": round(window_samples(clips.frames) / SAMPLE_RATE, 3),
        "frames": clips.frames,
        "train_config": asdict(project.train),
        "batch_size": outcome.batch_size,
        **metrics,
        "curves": outcome.curves,
        "value_of_kept_epoch": outcome.value,
        "device": device_name(prepared.job.precision.device),
        "torch": torch.__version__,
    }
    names = split.of(clips.names)
    classes, scenes = clips.labels.tolist(), prepared.clips.groups.scenes.tolist()
    samples = sample_entries(clips.names, classes, project.labels, scenes, split, counted, logits)
    write_output(
        plan.output, Results(project, prepared.job.model, prepared.name, prepared.arch, names, metrics, report, samples)
    )
    events.emit("train_end", model=prepared.name, **metrics)


def _answers(prepared: Prepared, batch_size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Of the clips held back: answers fit to be reported (engine.held_back), int64 [N]; logits of the finished network,
    float32 [N, classes]; labels, int64 [N]."""
    job = prepared.job
    job.model.eval()
    with torch.inference_mode(), job.precision.autocast():
        logits, wanted = recipe.predict(job.model, prepared.held_back, batch_size)
    return job.held_back.unseen(job.keeper, logits.argmax(1)), logits, wanted
