"""What a training leaves when it leaves its turn to others: the model so far, to be asked and converted meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from mai.config import Project
from mai.models.registry import save_model
from mai.train.engine.training import SoFar, Training


def saves_so_far(
    folder: Path,
    project: Project,
    job: Training,
    *,
    name: str,
    arch: Mapping[str, Any],
    split: Mapping[str, Sequence[str]],
    least: float | None = None,
) -> SoFar:
    """For `job.so_far`: saves the best weights so far as model.pth in `folder`, that of the quick first model.

    `name` and `arch` as for save_model; `split`: names of the samples learnt from and held back. What is right in no
    more than `least` percent is not saved: the quick first model is better.
    """

    def save(weights: Mapping[str, Tensor], metrics: Mapping[str, float]) -> None:
        if least is not None and metrics["val_acc"] <= least:
            return
        job.model.load_state_dict(weights)
        save_model(
            folder / "model.pth",
            job.model,
            project_type=project.type,
            name=name,
            labels=project.labels,
            arch=arch,
            split=split,
            train_config=asdict(project.train),
            metrics=metrics,
        )

    return save
