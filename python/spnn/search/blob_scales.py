"""Choose the scales of all blobs: one per group, near its threshold, where the multipliers are nearly exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from spnn.calibrate.statistics import BlobStatistics
from spnn.format.graph import Graph, Layer
from spnn.format.npu import runs_on_npu
from spnn.format.values import get_floats, get_int
from spnn.search.groups import AVERAGE, Group, tied_groups
from spnn.search.quantisation_error import INT8_MAX, exact_ratios, gain_error, rounding_error

Criterion = Callable[[BlobStatistics], float]
"""The magnitude up to which the values of a blob should be representable."""

LOWEST = 0.75
"""A scale may be this much below what the threshold asks for: two fifths of a bit."""
GAIN_WEIGHT = 10.0
"""A wrong gain adds up over a layer's inputs, roundings partly cancel."""
OUTPUT_MARGIN = 1.1
"""Outputs of unseen photos exceed those of the few calibration photos, and two answers that saturate are a tie."""
_GRID, _SNAPS = 48, 64
_WEIGHTED = ("Convolution", "InnerProduct")


def choose_blob_scales(
    graph: Graph,
    statistics: Mapping[str, BlobStatistics],
    rows: Mapping[str, NDArray[np.float32]],
    criterion: Criterion,
) -> dict[str, float]:
    """Scale of every blob of an optimised network, given its weight rows."""
    producers = graph.producers()
    outputs = set(graph.outputs())
    scales: dict[str, float] = {}
    for group in tied_groups(graph):
        blob = statistics[group.representative]
        highest = INT8_MAX / _threshold(group, blob, producers, outputs, criterion)
        floor = INT8_MAX / group.ceiling  # at least this, so that no value above the ceiling is representable
        highest = max(highest, floor)
        lowest = max(highest * LOWEST, floor)
        makers = [(producers[name], name) for name in group.blobs]
        ratios = [unit for maker, name in makers if (unit := _per_scale(maker, name, scales, rows, group))]
        candidates = np.geomspace(lowest, highest, _GRID)
        for unit in ratios:
            candidates = np.append(candidates, exact_ratios(lowest * unit, highest * unit, _SNAPS) / unit)
        cost = rounding_error(blob, candidates)
        for unit in ratios:
            cost += GAIN_WEIGHT * gain_error(candidates * unit)
        best = float(candidates[np.argmin(cost)])
        scales.update(dict.fromkeys(group.blobs, best))
    return scales


def _threshold(
    group: Group, blob: BlobStatistics, producers: Mapping[str, Layer], outputs: set[str], criterion: Criterion
) -> float:
    maximum = float(blob.maximum)
    if not maximum > 0:
        return float(INT8_MAX)  # all zero: any scale represents it
    maker = producers[group.blobs[0]]
    if not outputs.isdisjoint(group.blobs):
        return maximum * OUTPUT_MARGIN
    # Few values per photo (logits, pooled features), or all of them known (pixels): nothing to cut off.
    few = maker.type in ("InnerProduct", "Input") or (maker.type == "Pooling" and get_int(maker, "global_pooling"))
    return maximum if few else min(criterion(blob), maximum)


def _per_scale(
    maker: Layer,
    name: str,
    scales: Mapping[str, float],
    rows: Mapping[str, NDArray[np.float32]],
    group: Group,
) -> float | None:
    """The ratio that `maker`'s output converter must apply, for a scale of 1 of its output; None where it is exact."""
    if not runs_on_npu(maker) or any(bottom in group.blobs or bottom not in scales for bottom in maker.bottoms):
        return None
    inputs = [scales[bottom] for bottom in maker.bottoms]
    if maker.type in _WEIGHTED:
        return 1.0 / (inputs[0] * float(rows[maker.name].min()))
    if maker.type == "Eltwise":
        factors = get_floats(maker, "coeffs") or (1.0,) * len(inputs)
        return 1.0 / max(scale / factor for scale, factor in zip(inputs, factors, strict=False))
    if maker.type == "BatchNorm" or (maker.type == "Pooling" and get_int(maker, "pooling_type") == AVERAGE):
        return 1.0 / inputs[0]
    return None
