"""Reproduce the vendor's calibration exactly: KL thresholds, order of lines, bugs (docs/spnn-format.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from spnn.calibrate.histogram import as_float_bins
from spnn.calibrate.kl import best_bin, threshold_of
from spnn.calibrate.order import blob_order
from spnn.calibrate.statistics import BlobStatistics, Samples, collect
from spnn.calibrate.weight_rows import INT8_MAX, weight_scales
from spnn.format.graph import Graph
from spnn.format.table import Table
from spnn.log import Log


@dataclass(frozen=True, slots=True)
class Threshold:
    """What the tool chose for a blob: magnitudes above `value` are cut off."""

    bin: int
    value: np.float32

    @property
    def scale(self) -> np.float32:
        """f32(127 / threshold); infinite for an all-zero blob."""
        with np.errstate(divide="ignore"):
            return INT8_MAX / self.value


def calibrate(graph: Graph, samples: Samples, log: Log | None = None) -> Table:
    """The table that the vendor's tool writes for an optimised network and these inputs.

    `samples`: network inputs, each float32 (C, H, W). `log` receives the tool's two lines per blob,
    and a warning for every scale that the tool leaves out or gets wrong.
    """
    return vendor_table(graph, collect(graph, samples), log)


def vendor_table(graph: Graph, statistics: Mapping[str, BlobStatistics], log: Log | None = None) -> Table:
    """Like calibrate, but from statistics that were already collected."""
    order = blob_order(graph)
    thresholds = kl_thresholds({name: statistics[name] for name in order})
    log = log or Log()
    for name in order:
        blob = statistics[name]
        log.line(f"{name:<40} : max = {blob.maximum:<15f} interval = {blob.interval:<10f}")
    for name, found in thresholds.items():
        log.line(
            f"{name:<40} bin : {found.bin:<8d} threshold : {found.value:<15f} "
            f"interval : {statistics[name].interval:<10f} scale : {found.scale:<10f}"
        )
    table = Table(weight_scales(graph), {name: float(found.scale) for name, found in thresholds.items()})
    _tie_concat_inputs(graph, table)
    _warn(graph, table, log)
    return table


def kl_thresholds(statistics: Mapping[str, BlobStatistics]) -> dict[str, Threshold]:
    """The tool's threshold for every blob; blobs that share their statistics are computed once."""
    distinct = list({id(blob): blob for blob in statistics.values()}.values())
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        bins = pool.map(lambda blob: best_bin(as_float_bins(blob.counts)), distinct)
        chosen = dict(zip(map(id, distinct), bins, strict=True))
    return {
        name: Threshold(chosen[id(blob)], threshold_of(chosen[id(blob)], blob.interval))
        for name, blob in statistics.items()
    }


def _tie_concat_inputs(graph: Graph, table: Table) -> None:
    """Inputs of a Concat get its output's scale, in layer order and no further: the tool's bug with nested ones."""
    for layer in graph.layers:
        if layer.type == "Concat" and layer.tops[0] in table.blob_scales:
            for bottom in layer.bottoms:
                table.blob_scales[bottom] = table.blob_scales[layer.tops[0]]


def _warn(graph: Graph, table: Table, log: Log) -> None:
    for layer in graph.layers:
        for bottom in layer.bottoms:
            if bottom not in table.blob_scales:
                msg = f"the tool leaves out blob {bottom}, the only input of a BinaryOp: quantize takes it as 0"
                log.warn("scale_missing", layer.name, msg)
            elif layer.type == "Concat" and table.scale(bottom) != table.scale(layer.tops[0]):
                msg = f"its input {bottom} keeps another scale than its output: the tool does not follow nested Concats"
                log.warn("concat_scale", layer.name, msg)
        for top in layer.tops:
            if np.isinf(table.blob_scales.get(top, 0.0)):
                log.warn("scale_zero", layer.name, f"blob {top} was 0 for every photo: its scale is infinite")
