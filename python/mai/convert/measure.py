"""Run the board twin and measure its distance from the float network: outputs, layers, open hardware details."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from spnn.format.graph import Graph
from spnn.format.values import get_int
from spnn.run.board import VARIANTS, SimulateOptions, load_twin
from spnn.run.float import run_float
from spnn.run.side_by_side import side_by_side

from mai.convert.export_onnx import OUTPUT_NAME
from mai.convert.similarity import cosine, relative_error

AT_ONCE = 4  # samples in one pass of the twin
LAYER_SAMPLES = 2  # samples that all layers are compared on
VARIANT_SAMPLES = 4  # samples that the open details are tried on
WORST = 8  # layers named
AVERAGE = 1
SKIPPED = ("Input", "Split", "Quantize")


def run_twin(int8: Graph, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The board's outputs, float32 (n, …)."""
    twin = load_twin(int8)
    starts = range(0, len(inputs), AT_ONCE)
    return np.concatenate(side_by_side(lambda at: twin.run(inputs[at : at + AT_ONCE])[OUTPUT_NAME], starts))


def worst_layers(optimised: Graph, int8: Graph, inputs: NDArray[np.float32]) -> list[dict[str, Any]]:
    """The layers whose 8-bit result is farthest from the float one, farthest first.

    A convolution whose scale is that of its ReLU cuts negative values on purpose: it is judged by the ReLU.
    """
    few = inputs[:LAYER_SAMPLES]
    exact = run_float(optimised, few, keep="all")
    board = load_twin(int8).run(few, keep="all")
    users = optimised.consumers()
    found: list[dict[str, Any]] = []
    for layer in optimised.layers:
        if layer.type in SKIPPED or any(user.type == "ReLU" for user in users.get(layer.tops[0], [])):
            continue
        for top in layer.tops:
            found.append({
                "layer": layer.name, "type": layer.type,
                "cosine": round(cosine(board[top], exact[top]), 5),
                "error": round(relative_error(board[top], exact[top]), 5),
            })  # fmt: skip
    return sorted(found, key=lambda entry: entry["cosine"])[:WORST]


def variants(
    int8: Graph, inputs: NDArray[np.float32], board: NDArray[np.float32], reference: NDArray[np.float32]
) -> dict[str, dict[str, float]]:
    """Every open detail of the hardware that plays a part here, decided the other way: share (percent) of the
    board's answers that stay (by the largest output) and the output's relative error. `board` and `reference`
    belong to `inputs`."""
    few = inputs[:VARIANT_SAMPLES]
    usual = board[: len(few)].reshape(len(few), -1)

    def compare(name: str) -> dict[str, float]:
        output = load_twin(int8, VARIANTS[name]).run(few)[OUTPUT_NAME].reshape(len(few), -1)
        return {
            "same_answer": round(100 * float((output.argmax(axis=1) == usual.argmax(axis=1)).mean()), 2),
            "error": round(relative_error(output, reference[: len(few)]), 5),
            "samples": len(few),
        }

    names = [name for name in VARIANTS if matters(name, int8)]
    return dict(zip(names, side_by_side(compare, names), strict=True))


def matters(variant: str, int8: Graph) -> bool:
    """Whether a detail of the hardware matters: details of averages do not in a network without average pooling."""
    options = VARIANTS[variant]
    poolings = [layer for layer in int8.layers if layer.type == "Pooling" and layer.on_npu]
    averages = [layer for layer in poolings if get_int(layer, "pooling_type") == AVERAGE]
    if options.pool_divisor != SimulateOptions().pool_divisor:
        return any(not get_int(layer, "global_pooling") for layer in averages)
    return options.pool_rounding == SimulateOptions().pool_rounding or bool(averages)
