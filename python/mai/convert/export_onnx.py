"""Export PyTorch → ONNX: the network in evaluation mode, with batch norm folded into its convolutions."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from torch import nn

from mai.errors import MaiError

INPUT_NAME, OUTPUT_NAME = "input0", "output0"
OPSET = 17


def export_onnx(model: nn.Module, shape: Sequence[int], path: Path, outputs: Sequence[str] = (OUTPUT_NAME,)) -> None:
    """Write `model` (its output as it comes: logits) for one input of `shape` (1, C, H, W), float32.

    `outputs`: a name for each that it has.

    We use the TorchScript exporter for its speed: 1.0 s for ResNet-18 on two cores, while the one
    through torch.export needs 4.6 to 6.5 s for the same graph. It is deprecated, but torch is pinned,
    and the stage compares the file with the network.
    Raises MaiError naming an operation that ONNX does not have.
    """
    frozen = copy.deepcopy(model).to("cpu", torch.float32).eval()
    example = torch.zeros(tuple(shape))
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                frozen,
                (example,),
                str(path),
                dynamo=False,
                opset_version=OPSET,
                input_names=[INPUT_NAME],
                output_names=list(outputs),
            )
    except (torch.onnx.errors.OnnxExporterError, RuntimeError) as reason:
        first = str(reason).strip().splitlines()[0][:200]
        raise MaiError(
            "export_unsupported",
            reason=first,
        ) from reason
    _check_structure(path)


def _check_structure(path: Path) -> None:
    try:
        onnx.checker.check_model(str(path))
    except onnx.checker.ValidationError as reason:
        first = str(reason).strip().splitlines()[0][:200]
        raise MaiError("export_invalid", reason=first) from reason
