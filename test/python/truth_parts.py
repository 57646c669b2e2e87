"""The parts of `npm run bench -- truth` as tests run them: imported, with few projects."""

import sys
from pathlib import Path

BENCH = str(Path(__file__).resolve().parents[2] / "tools" / "bench")
if BENCH not in sys.path:
    sys.path.insert(0, BENCH)


def figures(part, projects, seed=0, **smaller):
    """Name → Figure of a part; `smaller` are further arguments of its run()."""
    from truth.part import load_part

    return {figure.name: figure for figure in load_part(part).run(projects, seed, **smaller)}


def mean(figure):
    return sum(figure.values) / len(figure.values)
