"""The output folder of a finished training: model.pth, labels.txt, report.json, samples.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from mai.config import Project
from mai.files import new_folder
from mai.models.labels_file import write_labels
from mai.models.registry import save_model
from mai.models.report_file import write_report_file
from mai.models.samples_file import Entry, write_samples_file


@dataclass(frozen=True)
class Results:
    """A trained network and what is known of it."""

    project: Project
    model: nn.Module
    name: str  # of the network
    arch: Mapping[str, Any]  # its keyword arguments beyond the name
    split: Mapping[str, Sequence[str]]  # names of the samples learnt from and held back
    metrics: Mapping[str, Any]
    report: Mapping[str, Any]  # the part "training" of report.json
    samples: Sequence[Entry]  # of samples.json


def write_output(output: Path, results: Results) -> None:
    """Put a new `output` in place, whole or not at all. Files of an earlier model, its conversion too, go with it."""
    with new_folder(output) as folder:
        save_model(
            folder / "model.pth",
            results.model,
            project_type=results.project.type,
            name=results.name,
            labels=results.project.labels,
            arch=results.arch,
            split=results.split,
            train_config=asdict(results.project.train),
            metrics=results.metrics,
        )
        write_labels(folder, results.project.labels)
        write_report_file(folder, {"training": results.report})
        write_samples_file(folder, results.project.labels, results.samples)
