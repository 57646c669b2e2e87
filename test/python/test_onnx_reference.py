"""Our runner of ONNX files against the one of ONNX itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx.reference
import pytest
from mai.convert.export_onnx import INPUT_NAME, OUTPUT_NAME
from mai.convert.onnx_reference import run_onnx


class TestOnnxReference:
    @pytest.mark.parametrize("settings", [
        {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
        {"kernel_shape": [2, 3], "strides": [2, 1], "pads": [0, 1, 1, 0]},
        {"kernel_shape": [2, 2]},
        {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
        {"kernel_shape": [2, 2], "dilations": [2, 2]},
        {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    ])  # fmt: skip
    def test_pools_as_onnx_itself(self, settings: dict[str, object], tmp_path: Path) -> None:
        value = onnx.helper.make_tensor_value_info
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node("MaxPool", [INPUT_NAME], [OUTPUT_NAME], **settings)], "pool",
            [value(INPUT_NAME, onnx.TensorProto.FLOAT, [2, 3, 9, 11])],
            [value(OUTPUT_NAME, onnx.TensorProto.FLOAT, [2, 3, None, None])],
        )  # fmt: skip
        file = tmp_path / "pool.onnx"
        onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]), file)
        x = -np.abs(np.random.default_rng(0).normal(size=(2, 3, 9, 11))).astype(np.float32)  # borders must not win
        (expected,) = onnx.reference.ReferenceEvaluator(str(file)).run(None, {INPUT_NAME: x})
        np.testing.assert_array_equal(run_onnx(file, x), expected)
