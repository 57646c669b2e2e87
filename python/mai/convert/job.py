"""The data that all stages of a conversion share, and what a conversion hands to the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spnn.log import Log

from mai.config import Project
from mai.convert.arguments import Method
from mai.models.registry import LoadedModel
from mai.models.shape import input_shape
from mai.quality.accuracy import Measured


@dataclass(frozen=True)
class Job:
    """`build` is the folder that becomes the output; `scratch` may be filled and is thrown away."""

    project: Project
    trained: LoadedModel
    build: Path
    scratch: Path
    method: Method
    threads: int
    shared_cache: Path | None = None  # for files of known backbones
    log: Log = field(default_factory=Log)
    """What `optimize` and `quantize` say about the network that is written."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(1, C, H, W) of the network's input."""
        return (1, *input_shape(self.trained))


@dataclass(frozen=True)
class Outcome:
    """What a board's conversion hands to the report. Fractions are 0..1; `report` is ready for JSON."""

    agreement: Measured
    accuracy_float: float
    accuracy_board: float
    report: dict[str, Any]
    board_files: tuple[str, ...]  # what goes into model.zip, beside labels, report and README
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By the name of each sample that was compared, `float` and `board` as in samples.json."""
