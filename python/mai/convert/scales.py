"""Choose the table of scales: the vendor's, exactly, or the best one by measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mai.convert.arguments import Method
from mai.convert.evaluation.samples import Evaluation
from mai.convert.evaluation.sets import SampleSets
from mai.convert.export_onnx import OUTPUT_NAME
from mai.spnn.calibrate import collect, vendor_table
from mai.spnn.forward import run_float
from mai.spnn.graph import Graph
from mai.spnn.table import Table


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
    """Measure the blobs on the calibration set, choose on the selection; nothing held back is looked at."""
    statistics = collect(optimised, sets.calibration.inputs)
    vendor = vendor_table(optimised, statistics)
    reference = run_float(optimised, sets.selection.inputs)[OUTPUT_NAME]
    return Choice(vendor, "vendor", vendor, [], reference)
