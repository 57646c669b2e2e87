"""What a training is given. Made once from the arguments and handed down whole."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from mai import blas_threads
from mai.config import Project, ProjectType, read_project
from mai.device import job_device
from mai.errors import MaiError
from mai.models.weights import MissingWeights


@dataclass(frozen=True)
class Plan:
    """The project, the folders of what is made, and how to train."""

    project: Project
    output: Path
    checkpoints: Path
    cache: Path  # image features by content hash; may be deleted
    instant: Path  # of the quick first model
    device: str = "auto"  # auto, cpu, cuda or cuda:N
    threads: int = 0  # 0: all of the processor
    share_cores: bool = False  # go on with one thread where other programs use the processor
    seed: int = 0
    resume: bool = False  # from the last checkpoint, if there is one
    answered: bool = False  # the first answer was made and sent before this training's turn
    logged_epoch: int | None = None  # last epoch_end that the server has on record: later ones are sent again
    weights_dir: Path | None = None  # of pretrained weight files
    missing_weights: MissingWeights = "substitute"
    started: float = field(default_factory=time.monotonic)  # the beginning of the job (time.monotonic)


def plan_in(folder: Path, project: Project, **more: Any) -> Plan:
    """A plan whose folders all lie in `folder`, but for those in `more`."""
    folders = {name: folder / name for name in ("output", "checkpoints", "cache", "instant")}
    return Plan(project, **folders | more)


def plan_for(folder: Path, **more: Any) -> Plan:
    """A plan of the project that lies in `folder`. Raises MaiError naming what is wrong in its project.json."""
    return plan_in(folder, read_project(folder), **more)


def require_type(plan: Plan, kind: ProjectType) -> None:
    """Raise MaiError `project_type_wrong` unless the project is of this type."""
    if plan.project.type != kind:
        raise MaiError(
            "project_type_wrong",
            value=plan.project.type,
            needed=kind,
        )


def device_of(plan: Plan) -> torch.device:
    """The device of a plan, with torch and numpy limited to its threads. Raises MaiError if it is not there."""
    if plan.threads:
        torch.set_num_threads(plan.threads)
        blas_threads.allow(plan.threads)
    return job_device(plan.device)
