"""Compare two stages of a network: cosine similarity and relative error of their outputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mai.errors import MaiError

EXACT = 1e-3  # relative L2 error up to which a float stage counts as the same network (float32 sums differ by 1e-6)


def cosine(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Cosine of the angle between two arrays of equal size, over all elements; 1 where both are zero."""
    a, b = (np.asarray(array, np.float64).ravel() for array in (first, second))
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    if norms == 0:
        return 1.0 if not a.any() and not b.any() else 0.0
    return float(a @ b / norms)


def relative_error(approximation: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """‖approximation − reference‖ / ‖reference‖ (L2)."""
    a, b = (np.asarray(array, np.float64).ravel() for array in (approximation, reference))
    norm = np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / norm) if norm else float(np.linalg.norm(a))


def require_same(made: NDArray[np.floating], reference: NDArray[np.floating], what: str) -> float:
    """The cosine similarity of a float stage with the one before. Raises MaiError `stage_differs` beyond rounding."""
    if made.size != reference.size:
        raise MaiError(
            "stage_differs",
            what=what,
            error=1.0,
            limit=EXACT,
        )
    error = relative_error(made, reference)
    if not error <= EXACT:
        raise MaiError(
            "stage_differs",
            what=what,
            error=round(error, 6) if np.isfinite(error) else None,
            limit=EXACT,
        )
    return cosine(made, reference)
