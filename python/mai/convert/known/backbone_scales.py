"""What the scales of a known backbone need: its blobs' magnitudes and its weight rows, from generated pictures.

Measuring them on the pupil's photos takes most of a conversion. These are measured once, on pictures that are nobody's.
Blobs that are larger for the pupil's photos, and those of the head, are measured on these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from spnn.calibrate import BlobStatistics, collect, collect_and_run
from spnn.calibrate.histogram import BINS
from spnn.calibrate.statistics import Samples
from spnn.calibrate.weight_rows import weight_scales
from spnn.format.graph import Graph
from spnn.format.table import Table
from spnn.search.choose import make_table
from spnn.search.thresholds import percentile
from spnn.search.weight_rows import searched_rows, snapped_rows

from mai.convert.known.generated_pictures import dead_leaves
from mai.data.preprocess import PREPROCESS

PICTURES = 12  # 24 gave no better tables
SEARCHED = 8  # of them, for the weight rows
CRITERION = percentile(99.99)
_HEAD = "InnerProduct"


@dataclass(frozen=True)
class BackboneScales:
    """`statistics` by blob and `rows` (float32 [channels]) by layer, without those of the head."""

    statistics: Mapping[str, BlobStatistics]
    rows: Mapping[str, NDArray[np.float32]]

    @staticmethod
    def of(graph: Graph, side: int) -> BackboneScales:
        """Measure an optimised network whose input is a photo of `side` pixels."""
        pictures = torch.from_numpy(dead_leaves(PICTURES, side))
        inputs = PREPROCESS(pictures).contiguous().numpy()
        layers, blobs = _head(graph)
        rows = searched_rows(graph, inputs[:SEARCHED])
        return BackboneScales(
            {name: each for name, each in collect(graph, inputs).items() if name not in blobs},
            {name: row for name, row in rows.items() if name not in layers},
        )

    def table(self, graph: Graph, samples: Samples) -> tuple[Table, NDArray[np.float32]]:
        """The table for this backbone with a head, in which the blobs of `samples` have room; and what the network
        answers for them, float32 (n, …)."""
        rows = {**snapped_rows(graph), **self.rows}
        statistics, answers = collect_and_run(graph, samples, self.statistics)
        return make_table(graph, statistics, rows, CRITERION), answers

    def parts(self) -> dict[str, bytes]:
        """For the cache."""
        blobs, rows = list(self.statistics.values()), list(self.rows.values())
        lengths = [(name, len(row)) for name, row in self.rows.items()]
        return {
            "names": json.dumps({"blobs": list(self.statistics), "rows": lengths}).encode(),
            "maxima": np.array([blob.maximum for blob in blobs], np.float32).tobytes(),
            "counts": np.array([blob.counts for blob in blobs], np.int64).tobytes(),
            "totals": np.array([blob.total for blob in blobs], np.int64).tobytes(),
            "rows": np.concatenate(rows).astype(np.float32).tobytes(),
        }

    @staticmethod
    def from_parts(parts: Mapping[str, bytes], graph: Graph) -> BackboneScales:
        """Raises ValueError for scales that are not those of `graph`, and whatever a parser does for foreign bytes."""
        names = json.loads(parts["names"])
        maxima = np.frombuffer(parts["maxima"], np.float32)
        counts = np.frombuffer(parts["counts"], np.int64).reshape(len(maxima), BINS)
        totals = np.frombuffer(parts["totals"], np.int64).tolist()
        blobs = map(BlobStatistics, maxima, counts, totals)
        lengths = [length for _, length in names["rows"]]
        rows = torch.from_numpy(np.frombuffer(parts["rows"], np.float32).copy()).split(lengths)
        scales = BackboneScales(
            dict(zip(names["blobs"], blobs, strict=True)),
            {name: row.numpy() for (name, _), row in zip(names["rows"], rows, strict=True)},
        )
        layers, depending = _head(graph)
        wanted = {name: len(row) for name, row in weight_scales(graph).items() if name not in layers}
        if {name: len(row) for name, row in scales.rows.items()} != wanted:
            raise ValueError("they have the weight rows of another network")
        if scales.statistics.keys() != set(graph.blob_names()) - depending:
            raise ValueError("they have the blobs of another network")
        return scales


def _head(graph: Graph) -> tuple[set[str], set[str]]:
    """The layers that multiply features by the head's weights, and all blobs that depend on them."""
    layers: set[str] = set()
    blobs: set[str] = set()
    for layer in graph.layers:
        if layer.type == _HEAD:
            layers.add(layer.name)
        if layer.type == _HEAD or not blobs.isdisjoint(layer.bottoms):
            blobs.update(layer.tops)
    return layers, blobs
