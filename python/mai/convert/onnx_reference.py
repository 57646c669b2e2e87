"""Run a network with ONNX's own evaluator, which is independent of torch and ncnn.

Its max pooling loops over the pixels in Python, which is 0.7 of the 0.8 s that ResNet-18 takes. So poolings
as our networks have them are computed with numpy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator
from onnx.reference.ops.op_max_pool import MaxPool as SlowMaxPool

from mai.convert.export_onnx import INPUT_NAME


def run_onnx(path: Path, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """First output of the ONNX file for `inputs`."""
    return run_onnx_outputs(path, inputs)[0]


def run_onnx_outputs(path: Path, inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """All of them, in the file's order."""
    outputs = cast(list[Any], ReferenceEvaluator(str(path), new_ops=[MaxPool]).run(None, {INPUT_NAME: inputs}))
    return [np.asarray(output) for output in outputs]


class MaxPool(SlowMaxPool):
    """MaxPool over pictures with given pads, rounded down; all else as ONNX's own does it."""

    op_domain = ""

    # onnx lists every attribute by position, but its evaluator gives them all by name
    def _run(  # type: ignore[override]
        self, x: NDArray[np.float32], **attributes: Any
    ) -> tuple[NDArray[np.float32], ...]:
        given = {name: value for name, value in attributes.items() if value is not None}
        kernel = given["kernel_shape"]
        whole = given.get("auto_pad", "NOTSET") == "NOTSET" and not given.get("ceil_mode")
        if not whole or len(kernel) != 2 or set(given.get("dilations", [1])) != {1}:
            return super()._run(x, **attributes)
        top, left, bottom, right = given.get("pads", (0, 0, 0, 0))
        down, across = given.get("strides", (1, 1))
        padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=-np.inf)
        windows = sliding_window_view(padded, kernel, axis=(2, 3))[:, :, ::down, ::across]
        return (windows.max(axis=(4, 5)),)
