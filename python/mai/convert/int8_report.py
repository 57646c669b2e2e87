"""Report on an int8 network beyond its accuracy: methods, layers, hardware, speed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spnn.format.graph import Graph
from spnn.log import ToolWarning
from spnn.search.choose import VENDOR

from mai.convert.evaluation.samples import Evaluation
from mai.convert.evaluation.sets import SampleSets
from mai.convert.frame_rate import work_of
from mai.convert.int8_network import quantised
from mai.convert.measure import run_twin, variants, worst_layers
from mai.convert.scales import Choice
from mai.convert.similarity import relative_error
from mai.errors import MaiError
from mai.models.board_speed import MOST_FRAMES, Work

COMPARED = 16  # samples on which the vendor's scales are run beside ours


@dataclass(frozen=True)
class Int8Network:
    """`optimised` computes the trained network; `prepared` is the input of `quantize`, `int8` its result."""

    optimised: Graph
    prepared: Graph
    int8: Graph
    choice: Choice
    changes: list[str]
    warnings: list[ToolWarning]


def int8_report(
    network: Int8Network,
    sets: SampleSets,
    evaluation: Evaluation,
    reference: NDArray[np.float32],
    board: NDArray[np.float32],
) -> dict[str, Any]:
    """`reference` and `board`: outputs of the trained network and of the twin for the samples held back."""
    inputs = sets.held_back.inputs
    work = work_of(network.prepared)
    open_details = variants(network.int8, inputs, board, reference)
    return {
        "method": network.choice.method,
        "methods": side_by_side(network, evaluation, inputs, reference, board),
        "tried": network.choice.tried,
        "calibration": {"samples": list(sets.calibration.names), "selection": len(sets.selection)},
        "rewrites": network.changes,
        "warnings": [asdict(warning) for warning in network.warnings],
        "worst_layers": worst_layers(network.optimised, network.int8, inputs),
        "variants": open_details,
        "variants_agree": all(details["same_answer"] == 100 for details in open_details.values()),
        "cpu_layers": [{"layer": name, "type": kind} for name, kind in work.cpu_layers],
        "frame_rate": frame_rate(work),
    }  # fmt: skip


def frame_rate(work: Work) -> dict[str, Any]:
    """The estimate, and the range that the board's measurements allow, rounded outwards."""
    fewest, most = work.frame_range()
    return {
        "frames_per_second": _two_figures(min(work.frames_per_second(), MOST_FRAMES)),
        "at_least": _outwards(fewest, math.floor),
        "at_most": _outwards(most, math.ceil),
        "estimate": True,
        "npu_million_multiply_adds": round(work.npu_macs / 1e6, 1),
        "cpu_million_multiply_adds": round(work.cpu_macs / 1e6, 1),
        "cpu_million_values": round(work.cpu_values / 1e6, 3),
    }


def rounded_cosine(value: float) -> float:
    """Six places: float stages differ in the seventh."""
    return round(value, 6)


def side_by_side(
    network: Int8Network,
    evaluation: Evaluation,
    inputs: NDArray[np.float32],
    reference: NDArray[np.float32],
    board: NDArray[np.float32],
) -> dict[str, Any]:
    """Agreement and error of our scales and of the vendor's, on the same part of the samples held back.

    If the vendor's scales make no usable network, the reason stands in their place.
    """
    part = np.unique(np.linspace(0, len(inputs) - 1, COMPARED).round().astype(int))

    def fields(output: NDArray[np.float32]) -> dict[str, Any]:
        return {
            "agreement": round(100 * evaluation.agreement(reference[part], output), 2),
            "error": round(relative_error(output, reference[part]), 5), "samples": len(part),
        }  # fmt: skip

    ours = fields(board[part])
    if network.choice.vendor is None:
        return {"chosen": ours}
    if network.choice.method == VENDOR:
        return {"chosen": ours, "vendor": ours}
    try:
        vendor = fields(run_twin(quantised(network.optimised, network.choice.vendor), inputs[part]))
    except MaiError as reason:
        vendor = {"agreement": None, "error": None, "samples": 0, "reason": reason.msg}
    return {"chosen": ours, "vendor": vendor}


def _two_figures(value: float) -> float:
    return float(f"{value:.2g}")


def _outwards(value: float, towards: Callable[[float], int]) -> float:
    """Two figures, rounded down (math.floor) or up (math.ceil)."""
    digits = 1 - math.floor(math.log10(value))
    return round(towards(round(value * 10**digits, 6)) / 10**digits, digits)
