"""Find a blob's threshold with the least Kullback-Leibler divergence (docs/spnn-format.md §5.6).

For every t from 128 to 2047 the vendor's tool compares two distributions. P is the first t bins, with
everything beyond added to the last one. Q is the same bins merged into 128 (with fractional edges) and
spread again over all bins that are not empty; none is, because a bin starts at 1e-5. Computed literally,
this needs 1,920 times 2,000 logarithms.

Merged bins are differences of a piecewise linear running sum, and Q is constant within a merged bin, so
float64 needs only 128 + 127 logarithms for each t. The tool adds in float32, one by one. So the few t
whose divergence is within rounding of the least are then computed literally.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spnn.calibrate.histogram import BINS

TARGET_BINS = 128
_WORST = 1000.0
"""A divergence must be below this to be taken."""
_ROUNDING = 2e-5
"""Bound on what 2,000 float32 additions of terms below 1 can be off by."""

_AT_ONCE = 32
"""t computed together: in arrays of half a megabyte."""


def best_bin(bins: NDArray[np.float32]) -> int:
    """The t (128..2047) with the first least divergence; `bins` are the 2048 of the histogram, none 0."""
    distribution = bins / np.cumsum(bins, dtype=np.float32)[-1]
    tails = _tails(distribution)
    with np.errstate(divide="ignore", invalid="ignore"):  # a tail that rounding made negative: NaN, never chosen
        estimate = _estimate(distribution.astype(np.float64), tails.astype(np.float64))
        near = np.flatnonzero(~(estimate > np.nanmin(estimate) + _ROUNDING))
        parts = [near[at : at + _AT_ONCE] for at in range(0, len(near), _AT_ONCE)]
        exact = [divergence for part in parts for divergence in _literal(distribution, tails[part], TARGET_BINS + part)]
    best, chosen = _WORST, TARGET_BINS
    for row, divergence in zip(near.tolist(), exact, strict=True):
        if divergence < best:
            best, chosen = divergence, TARGET_BINS + row
    return chosen


def threshold_of(chosen: int, interval: np.float32) -> np.float32:
    """The magnitude that bin t stands for: f32((t + 0.5) * interval)."""
    return np.float32(np.float32(chosen + 0.5) * interval)


def _tails(distribution: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of the bins from t on, for every t, accumulated one by one in float32."""
    whole = np.cumsum(distribution[TARGET_BINS:], dtype=np.float32)[-1]
    return np.cumsum(np.concatenate([[whole], -distribution[TARGET_BINS:-1]]), dtype=np.float32)


class _Borders(NamedTuple):
    """Where the 129 borders of the merged bins lie, for every t: arrays (1920, 129)."""

    below: NDArray[np.int32]
    """Bin in which the border lies (or begins with)."""
    part: NDArray[np.float64]
    """Share of that bin in front of the border; 0 if the border lies between two bins."""
    above: NDArray[np.int32]
    """First whole bin behind the border."""


@cache
def _borders() -> _Borders:
    t = np.arange(TARGET_BINS, BINS)[:, None]
    edges = np.arange(TARGET_BINS + 1) * (t / TARGET_BINS)  # exact: dyadic fractions
    below = np.floor(edges).astype(np.int32)
    part = edges - below
    return _Borders(below, part, below + (part > 0))


def _estimate(p: NDArray[np.float64], tails: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divergence for every t in float64: sum P log P - sum P log Q."""
    below, part, above = _borders()
    t = np.arange(TARGET_BINS, BINS)
    running = np.concatenate([[0.0], np.cumsum(p)])
    sums, at = running.take(below), p.take(below, mode="clip")
    level = np.diff(sums + part * at, axis=1) * (TARGET_BINS / t[:, None])  # Q inside each merged bin

    # Whole bins between two borders share one logarithm; of none their sum is below 0.
    log_level = np.log(level)
    whole = np.maximum(sums[:, 1:] - running.take(above[:, :-1], mode="clip"), 0.0)
    p_log_q = np.einsum("ij,ij->i", whole, log_level)

    # In a bin that a border cuts, Q is a mixture of both sides.
    share = part[:, 1:-1]
    mixed = level[:, 1:] + share * (level[:, :-1] - level[:, 1:])
    p_log_q += np.einsum("ij,ij->i", at[:, 1:-1] * (share > 0), np.log(mixed))

    # The last bin of P also holds the tail.
    heavy = p[t - 1] + tails
    p_log_p = np.concatenate([[0.0], np.cumsum(p * np.log(p))])[t - 1] + heavy * np.log(heavy)
    divergence: NDArray[np.float64] = p_log_p - p_log_q - tails * log_level[:, -1]
    return divergence


def _literal(distribution: NDArray[np.float32], tails: NDArray[np.float32], t: NDArray[np.int64]) -> list[float]:
    """The divergence for every t as the tool adds it up, in float32; `tails` are those of these t."""
    bins = np.arange(t.max())
    p = np.where(bins < t[:, None], distribution[: len(bins)], np.float32(0))
    p[np.arange(len(t)), t - 1] += tails
    width = (t / TARGET_BINS).astype(np.float32)[:, None]
    edges = np.arange(TARGET_BINS + 1, dtype=np.float32) * width
    start, end = edges[:, :-1], edges[:, 1:]
    left, right = np.ceil(start).astype(np.int64), np.floor(end).astype(np.int64)
    before, behind = left.astype(np.float32) - start, end - right.astype(np.float32)

    # Sums in the tool's order: cut bin on the left, cut bin on the right, whole bins one by one.
    at = left[..., None] + np.arange((right - left).max())
    inside = np.where(at < right[..., None], distribution[np.minimum(at, BINS - 1)], np.float32(0))
    cut = np.stack([before * distribution[left - 1], behind * distribution[right]], axis=2)
    level = np.cumsum(np.concatenate([cut, inside], axis=2), axis=2, dtype=np.float32)[..., -1]
    level /= width

    # All Q in one row, so that each bin has one place; what lies at t and behind is not looked at.
    q = np.zeros(len(t) * (len(bins) + 1), np.float32)
    row = np.arange(len(t))[:, None] * (len(bins) + 1)
    whole = np.maximum(right - left, 0).ravel()
    first = np.repeat((left + row).ravel() - np.cumsum(whole) + whole, whole)
    q[first + np.arange(len(first))] = np.repeat(level.ravel(), whole)
    q[right + row] += level * behind
    q[left - 1 + row] += level * before
    q = q.reshape(len(t), -1)[:, :-1]
    terms = np.where(p == 0, np.float32(0), p * np.log(p / q))
    divergence: list[float] = np.cumsum(terms, axis=1, dtype=np.float32)[:, -1].tolist()
    return divergence
