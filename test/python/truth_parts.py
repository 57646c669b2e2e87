"""The parts of `npm run bench -- truth` as tests run them: imported, with few projects."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truth.part import Figure

BENCH = str(Path(__file__).resolve().parents[2] / "tools" / "bench")
if BENCH not in sys.path:
    sys.path.insert(0, BENCH)


def figures(part: str, projects: int, seed: int = 0, **smaller: Any) -> dict[str, Figure]:
    """Name → Figure of a part; `smaller` are further arguments of its run()."""
    from truth.part import load_part

    return {figure.name: figure for figure in load_part(part).run(projects, seed, **smaller)}


def mean(figure: Figure) -> float:
    return sum(figure.values) / len(figure.values)
