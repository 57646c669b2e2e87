"""Choose the table whose twin is nearest to the float network, by running the twins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spnn.calibrate import BlobStatistics, vendor_table
from spnn.calibrate.order import blob_order
from spnn.calibrate.statistics import Samples
from spnn.errors import NoWorkingTableError, SpnnError
from spnn.format.graph import Graph
from spnn.format.table import Table, format_table, parse_table
from spnn.run.board import load_twin
from spnn.run.side_by_side import side_by_side
from spnn.search.blob_scales import Criterion, choose_blob_scales
from spnn.search.thresholds import least_square, maximum, percentile
from spnn.search.weight_rows import searched_rows, snapped_rows

Floats = NDArray[np.float32]
Agreement = Callable[[Floats, Floats], float]
"""Share (0..1) of samples for which the reference and other outputs, both (n, ...), give the same answer."""
ToInt8 = Callable[[Graph, Table], Graph]
"""The int8 network that a table gives. May raise SpnnError for a table that cannot work."""

VENDOR = "vendor"
CRITERIA: dict[str, Criterion] = {
    "maximum": maximum,
    "percentile 99.99": percentile(99.99),
    "percentile 99.9": percentile(99.9),
    "least square": least_square,
}
"""Thresholds tried with tied scales, snapped multipliers and searched weight rows."""
SNAPPED = "maximum, weights as they are"
_FIRST = 4  # samples on which all are tried
_KEPT = 2  # of which so many are run on the rest
_AT_ONCE = 4
_SEARCH_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Score:
    """How near a twin is to the float network on the selection samples it was run on."""

    agreement: float
    """Share of the samples with the same answer, 0 to 1."""
    error: float
    """L2 norm of the difference of the outputs over that of the float outputs."""
    samples: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen table, the name of its method, the scores of all methods that could be run, and all tables."""

    table: Table
    method: str
    scores: dict[str, Score]
    tables: dict[str, Table]


def choose_table(
    graph: Graph,
    statistics: Mapping[str, BlobStatistics],
    calibration: Samples,
    selection: Floats,
    reference: Floats,
    to_int8: ToInt8,
    agreement: Agreement | None = None,
) -> Choice:
    """Try all methods on `selection` and take the best.

    `statistics` are those of the `calibration` inputs (spnn.calibrate.collect); `selection`
    (n, C, H, W) are inputs outside of them, `reference` the float network's first output for
    them. The same arguments give the same table. Raises NoWorkingTableError if no table works.
    """
    tables = candidate_tables(graph, statistics, calibration)
    measure = _Measure(graph, selection, reference, to_int8, agreement or same_top_answer)
    first = side_by_side(lambda table: measure(table, _FIRST), tables.values())
    scores = {name: score for name, score in zip(tables, first, strict=True) if score}
    if not scores:
        raise NoWorkingTableError(measure.problem)
    # The error tells them apart on few samples already, the agreement does not.
    finalists = sorted(scores, key=lambda name: scores[name].error)[:_KEPT]
    final = side_by_side(lambda name: measure(tables[name], len(selection)), finalists)
    scores |= {name: score for name, score in zip(finalists, final, strict=True) if score}
    best = min(finalists, key=lambda name: (-scores[name].agreement, scores[name].error))
    return Choice(tables[best], best, scores, tables)


def candidate_tables(graph: Graph, statistics: Mapping[str, BlobStatistics], calibration: Samples) -> dict[str, Table]:
    """A table by every method, the vendor's first; scales as their text in a file says them."""
    few = [calibration[index] for index in range(min(len(calibration), _SEARCH_SAMPLES))]
    plain, searched = snapped_rows(graph), searched_rows(graph, few)
    tables = {VENDOR: _as_written(vendor_table(graph, statistics))}
    for name, rows, criterion in [
        (SNAPPED, plain, maximum),
        *((name, searched, criterion) for name, criterion in CRITERIA.items()),
    ]:
        tables[name] = make_table(graph, statistics, rows, criterion)
    return tables


def make_table(
    graph: Graph,
    statistics: Mapping[str, BlobStatistics],
    rows: Mapping[str, NDArray[np.float32]],
    criterion: Criterion,
) -> Table:
    """The table with these weight rows; scales as their text in a file says them."""
    order = list(dict.fromkeys([*blob_order(graph), *graph.blob_names()]))  # the vendor's, its gaps filled
    scales = choose_blob_scales(graph, statistics, rows, criterion)
    return _as_written(Table(dict(rows), {blob: scales[blob] for blob in order}))


def score_table(
    graph: Graph, table: Table, selection: Floats, reference: Floats, to_int8: ToInt8, agreement: Agreement
) -> Score | None:
    """Score of one table on `selection`, as choose_table scores several; None where it gives no network that runs."""
    return _Measure(graph, selection, reference, to_int8, agreement)(table, len(selection))


def _as_written(table: Table) -> Table:
    return parse_table(format_table(table))


def same_top_answer(reference: Floats, outputs: Floats) -> float:
    """Share of samples whose largest output is the same one."""
    ours, theirs = (values.reshape(len(values), -1).argmax(axis=1) for values in (outputs, reference))
    return float((ours == theirs).mean())


class _Measure:
    """Runs twins on a part of the selection; what was run once is kept."""

    def __init__(
        self, graph: Graph, selection: Floats, reference: Floats, to_int8: ToInt8, agreement: Agreement
    ) -> None:
        self._graph, self._selection, self._reference = graph, selection, reference
        self._to_int8, self._agreement = to_int8, agreement
        self._done: dict[int, Floats] = {}
        self.problem = ""
        """Why the last table that gave no network gave none."""

    def __call__(self, table: Table, stop: int) -> Score | None:
        """Score on the first `stop` of the selection, or None where the table gives no network that runs."""
        try:
            outputs = self._outputs(table, stop)
        except SpnnError as error:
            self.problem = str(error)
            return None
        reference = self._reference[:stop]
        distance = float(np.linalg.norm(outputs - reference) / max(float(np.linalg.norm(reference)), 1e-30))
        return Score(self._agreement(reference, outputs), distance, len(outputs))

    def _outputs(self, table: Table, stop: int) -> Floats:
        known = self._done.get(id(table), np.zeros(0, np.float32))
        begin = len(known)
        if begin < min(stop, len(self._selection)):
            twin = load_twin(self._to_int8(self._graph, table))
            name = self._graph.outputs()[0]
            parts = [
                twin.run(self._selection[at : min(at + _AT_ONCE, stop)], {name})[name]
                for at in range(begin, min(stop, len(self._selection)), _AT_ONCE)
            ]
            known = np.concatenate([known, *parts] if begin else parts)
            self._done[id(table)] = known
        return known[:stop]
