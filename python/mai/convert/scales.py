"""Choose the table of scales: exactly the vendor's, or the best one by measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spnn.calibrate import collect, vendor_table
from spnn.errors import NoWorkingTableError, SpnnError
from spnn.format.graph import Graph
from spnn.format.table import Table
from spnn.run.float import run_float
from spnn.search.choose import VENDOR, Score, choose_table, score_table

from mai.convert.arguments import Method
from mai.convert.evaluation.samples import Evaluation
from mai.convert.evaluation.sets import SampleSets
from mai.convert.export_onnx import OUTPUT_NAME
from mai.convert.int8_network import quantised
from mai.convert.known.backbone_files import KnownNetwork
from mai.errors import MaiError

KNOWN = "known network"
MOST_ERROR = 0.08  # relative; known scales had 0.027 to 0.035 on three projects, those searched for 0.022 to 0.032


@dataclass(frozen=True)
class Choice:
    """`table` by `method`; `vendor`'s table for the comparison; `tried`: what was measured on the selection.

    `vendor` is None where the scales are those of a known backbone: nothing was measured that the vendor's need.
    `reference`: the float network's output for the selection's samples.
    """

    table: Table
    method: str
    vendor: Table | None
    tried: list[dict[str, Any]]
    reference: NDArray[np.float32]


def choose_scales(
    method: Method, optimised: Graph, sets: SampleSets, evaluation: Evaluation, known: KnownNetwork | None = None
) -> Choice:
    """Measure the blobs on the calibration set and choose on the selection; samples held back are not used.

    The scales of a known backbone are taken as they are if they do for these photos.
    """
    if method == "auto" and known is not None:
        choice = _known_scales(known, optimised, sets, evaluation)
        if choice is not None:
            return choice
    reference = run_float(optimised, sets.selection.inputs)[OUTPUT_NAME]
    statistics = collect(optimised, sets.calibration.inputs)
    if method == "vendor":
        vendor = vendor_table(optimised, statistics)
        return Choice(vendor, VENDOR, vendor, [], reference)
    inputs = sets.calibration.inputs, sets.selection.inputs
    try:
        chosen = choose_table(optimised, statistics, *inputs, reference, _int8, evaluation.agreement)
    except NoWorkingTableError as reason:
        raise MaiError(
            "network_not_ready",
            reason=reason.problem,
        ) from reason
    tried = [_tried(name, score) for name, score in chosen.scores.items()]
    return Choice(chosen.table, chosen.method, chosen.tables[VENDOR], tried, reference)


def _known_scales(known: KnownNetwork, optimised: Graph, sets: SampleSets, evaluation: Evaluation) -> Choice | None:
    """None where they change an answer on the selection, or move the outputs too far."""
    scales = known.scales(optimised)
    table, reference = scales.table(optimised, sets.selection.inputs)
    score = score_table(optimised, table, sets.selection.inputs, reference, _int8, evaluation.agreement)
    if score is None or score.agreement < 1 or score.error > MOST_ERROR:
        return None
    return Choice(table, KNOWN, None, [_tried(KNOWN, score)], reference)


def _tried(name: str, score: Score) -> dict[str, Any]:
    return {
        "method": name, "agreement": round(100 * score.agreement, 2), "error": round(score.error, 5),
        "samples": score.samples,
    }  # fmt: skip


def _int8(optimised: Graph, table: Table) -> Graph:
    """The int8 network of a table. Raises SpnnError for a table that cannot work: that rules out only its method."""
    try:
        return quantised(optimised, table)
    except MaiError as reason:
        raise SpnnError(reason.msg) from reason
