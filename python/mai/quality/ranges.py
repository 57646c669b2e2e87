"""Compute the range of true shares that a count allows: Clopper–Pearson at 95 %.

Source: "The use of confidence or fiducial limits", Biometrika 26 (1934). The lower end is the share at which this
many right answers or more occur once in 40 times; the upper end the share at which this many or fewer do. For
samples with different weights the count is the effective one, which need not be whole (Korn & Graubard, "Confidence
intervals for proportions with small expected number of positive counts", Survey Methodology 24 (1998)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CONFIDENCE = 0.95
STEPS = 60  # halvings of 0..1: beyond the digits of a float
TERMS = 500
TINY = 1e-300


@dataclass(frozen=True)
class Range:
    """Two shares, 0..1."""

    least: float
    most: float

    def holds(self, share: float) -> bool:
        return self.least <= share <= self.most


def share_range(right: float, of: float) -> Range:
    """Of `right` among `of` independent samples (0 ≤ right ≤ of); nothing is known of none."""
    if of <= 0:
        return Range(0.0, 1.0)
    tail = (1 - CONFIDENCE) / 2
    right = min(max(right, 0.0), of)
    wrong = of - right
    least = 0.0 if right <= 1e-9 else beta_quantile(tail, right, wrong + 1)
    most = 1.0 if wrong <= 1e-9 else beta_quantile(1 - tail, right + 1, wrong)
    return Range(least, most)


def beta_quantile(share: float, a: float, b: float) -> float:
    """x with beta_cdf(x, a, b) = share, by halving."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """I_x(a, b), the regularised incomplete beta function (https://dlmf.nist.gov/8.17, (8.17.22) and (8.17.4))."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - beta_cdf(1 - x, b, a)
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logs) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + …)) by Lentz's method."""
    value, c, d = 1.0, 1.0, 0.0
    for term in range(1, TERMS):
        m = term // 2
        if term % 2:
            factor = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            factor = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _not_zero(1 + factor * d)
        c = _not_zero(1 + factor / c)
        value *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
