"""What a part of the benchmark `truth` must have, and the figures that it returns."""

from __future__ import annotations

import importlib
import pkgutil
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from truth import parts

PARTS = tuple(sorted(module.name for module in pkgutil.iter_modules(parts.__path__)))


@dataclass(frozen=True)
class Figure:
    """One measurement; `values` has one number per project, so that the spread over projects is printed.

    `goal`: a field of the line (`mean`, `median`, `min`, `max` or one of `details`), `<=` or `>=`, a number.
    """

    name: str
    unit: str
    values: Sequence[float]
    data: str
    goal: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def more(self) -> dict[str, Any]:
        return {key: value for key, value in (("goal", self.goal), ("details", self.details)) if value}


class Part(Protocol):
    """A module of truth.parts. Its docstring says what is measured and why."""

    PROJECTS: int
    CPU_MINUTES: float
    """About, of one core: the longest part is begun first."""

    def run(self, projects: int, seed: int) -> Iterator[Figure]:
        """Project number i is made and trained with seed + i."""
        ...


def load_part(name: str) -> Part:
    return cast(Part, importlib.import_module(f"truth.parts.{name}"))


def standard_error(values: Sequence[float]) -> float:
    """Of the mean; 0 for one value."""
    return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
