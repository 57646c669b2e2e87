"""Check whether two networks compute the same; the runner of passes does so after each pass."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spnn.errors import SpnnError
from spnn.format.graph import Graph
from spnn.run.float.run import run_float

Floats = NDArray[np.float32]

LIMIT = 1e-3
"""Relative L2 error up to which two networks are the same: float32 sums in another order differ by 1e-6."""


class SameOutput:
    """Compares networks on `inputs`, float32 (n, c, h, w). One object per run of passes: it keeps the last output.

    A network that cannot be run, or whose numbers are not finite, is not compared with the next one.
    """

    def __init__(self, inputs: Floats) -> None:
        self._inputs = inputs
        self._expected: dict[str, Floats] | None = None

    def __call__(self, before: Graph, after: Graph) -> str:
        """What is wrong with `after`; empty if nothing."""
        if self._expected is None:
            try:
                self._expected = run_float(before, self._inputs)
            except SpnnError:
                return ""
        expected, self._expected = self._expected, None
        try:
            found = run_float(after, self._inputs)
        except SpnnError as error:
            return f"it cannot be run any more: {error}"
        self._expected = found
        return _difference(found, expected)


def _difference(found: Mapping[str, Floats], expected: Mapping[str, Floats]) -> str:
    for name, values in expected.items():
        a, b = found[name].astype(np.float64).ravel(), values.astype(np.float64).ravel()
        if not np.isfinite(b).all():
            continue
        if a.size != b.size:
            return f"output {name!r} has {a.size} values and had {b.size}"
        error = float(np.linalg.norm(a - b)) / (float(np.linalg.norm(b)) or 1.0)
        if not error <= LIMIT:
            return f"output {name!r} differs by {100 * error:.2g} % (limit {100 * LIMIT:g} %)"
    return ""
