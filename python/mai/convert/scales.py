"""Choose the table of scales: exactly the vendor's, or the best one by measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spnn.calibrate import collect, vendor_table
from spnn.errors import NoTableError, SpnnError
from spnn.format.graph import Graph
from spnn.format.table import Table
from spnn.run.float import run_float
from spnn.search.choose import VENDOR, choose_table

from mai.convert.arguments import Method
from mai.convert.evaluation.samples import Evaluation
from mai.convert.evaluation.sets import SampleSets
from mai.convert.export_onnx import OUTPUT_NAME
from mai.convert.int8_network import quantised
from mai.errors import MaiError


@dataclass(frozen=True)
class Choice:
    """`table` by `method`; `vendor`'s table for the comparison; `tried`: what was measured on the selection.

    `reference`: the float network's output for the selection's samples.
    """

    table: Table
    method: str
    vendor: Table
    tried: list[dict[str, Any]]
    reference: NDArray[np.float32]


def choose_scales(method: Method, optimised: Graph, sets: SampleSets, evaluation: Evaluation) -> Choice:
    """Measure the blobs on the calibration set and choose on the selection; samples held back are not used."""
    statistics = collect(optimised, sets.calibration.inputs)
    reference = run_float(optimised, sets.selection.inputs)[OUTPUT_NAME]
    if method == "vendor":
        vendor = vendor_table(optimised, statistics)
        return Choice(vendor, VENDOR, vendor, [], reference)
    inputs = sets.calibration.inputs, sets.selection.inputs
    try:
        chosen = choose_table(optimised, statistics, *inputs, reference, _int8, evaluation.agreement)
    except NoTableError as reason:
        raise MaiError(
            "network_not_ready",
            reason=reason.problem,
        ) from reason
    tried = [
        {
            "method": name, "agreement": round(100 * score.agreement, 2), "error": round(score.error, 5),
            "samples": score.samples,
        }
        for name, score in chosen.scores.items()
    ]  # fmt: skip
    return Choice(chosen.table, chosen.method, chosen.tables[VENDOR], tried, reference)


def _int8(optimised: Graph, table: Table) -> Graph:
    """The int8 network of a table. Raises SpnnError for a table that cannot work: that rules out only its method."""
    try:
        return quantised(optimised, table)
    except MaiError as reason:
        raise SpnnError(reason.msg) from reason
