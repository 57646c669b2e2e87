"""Run the compiler's three programs on the files of one conversion, each in the folder `work`.

The network is called NAME in all of them. Its .mlir names its weights by a path relative to that folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mai.convert.boards.kidbright_mai_plus.mud import MODEL_FILE
from mai.convert.export_onnx import INPUT_NAME
from mai.data.preprocess import PREPROCESS
from mai.errors import MaiError
from mai.plus.environment import run_program
from mai.plus.network import TWIN_FILE, TWIN_WEIGHTS

NAME = "network"
CHIP = "cv181x"
FLOAT_MLIR = f"{NAME}.mlir"
TABLE = f"{NAME}_calibration"
COMPILED = f"{NAME}_int8.cvimodel"
INTEGERS, INTEGER_WEIGHTS = f"{NAME}_{CHIP}_int8_sym_tpu.mlir", f"{NAME}_{CHIP}_int8_sym_tpu_weights.npz"
MAGIC = b"CviModel"
SAME = "0.99,0.99"  # cosine and Euclidean similarity that the program itself asks of every layer in floats


def transform(onnx: Path, sample: NDArray[np.float32], work: Path) -> None:
    """ONNX → the compiler's own form, in floats; the program compares the two for one sample (1, C, H, W)."""
    _write_sample(work / "sample.npz", sample)
    per_channel = {key: ",".join([f"{value:.7g}"] * 3) for key, value in _PREPARED.items()}
    arguments = ["--model_name", NAME, "--model_def", str(onnx), "--mlir", FLOAT_MLIR]
    arguments += ["--input_shapes", str([list(sample.shape)]).replace(" ", "")]
    arguments += ["--mean", per_channel["mean"], "--scale", per_channel["scale"]]
    arguments += ["--pixel_format", "rgb", "--channel_format", "nchw"]
    arguments += ["--test_input", "sample.npz", "--test_result", "outputs.npz", "--tolerance", SAME]
    run_program("model_transform", arguments, work)


def calibrate(samples: NDArray[np.float32], work: Path) -> None:
    """Measure the range of every layer's values on `samples` (n, C, H, W), as the network is fed.

    Raises MaiError `network_not_ready` if a layer's values are all zero or are no numbers.
    """
    folder = work / "calibration"
    folder.mkdir()
    for number, sample in enumerate(samples):
        _write_sample(folder / f"{number:04}.npz", sample[None])
    run_program(
        "run_calibration", [FLOAT_MLIR, "--dataset", folder.name, "--input_num", str(len(samples)), "-o", TABLE], work
    )
    shutil.rmtree(folder)
    check_table((work / TABLE).read_text(encoding="utf-8"))


def check_table(text: str) -> None:
    """Every line is `name threshold min max`. Raises MaiError `network_not_ready` for a range that cannot work."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not rows:
        raise MaiError("network_not_ready", reason="the calibration measured nothing")
    for name, *numbers in rows:
        values = np.array(numbers[:3], np.float64)
        if len(values) < 3 or not (np.isfinite(values).all() and values[0] > 0):
            raise MaiError("network_not_ready", reason=f"the values of {name} are {' '.join(numbers)[:80]}")


def quantise(work: Path) -> None:
    """The float form and the table → integers for the chip; the input is int8, the output float32."""
    arguments = ["--mlir", FLOAT_MLIR, "--quantize", "INT8", "--quant_input", "--calibration_table", TABLE]
    arguments += ["--processor", CHIP, "--model", COMPILED]
    # Its own comparison refuses good networks where the one photo is a close call: the caller compares many.
    # `debug` keeps the integer form, whose weights are deleted otherwise.
    run_program("model_deploy", [*arguments, "--skip_validation", "--debug"], work)


def write_files(work: Path, build: Path) -> None:
    """Put the board's file, and the integer form as the twin, into the output folder."""
    compiled = work / COMPILED
    if not compiled.is_file() or compiled.read_bytes()[: len(MAGIC)] != MAGIC:
        raise MaiError("plus_failed", program="model_deploy", reason="it wrote no model")
    shutil.move(compiled, build / MODEL_FILE)
    shutil.move(work / INTEGER_WEIGHTS, build / TWIN_WEIGHTS)
    text = (work / INTEGERS).read_text(encoding="utf-8")
    (build / TWIN_FILE).write_text(text.replace(INTEGER_WEIGHTS, TWIN_WEIGHTS), encoding="utf-8")


_PREPARED = {"mean": PREPROCESS.mean, "scale": PREPROCESS.scale}


def _write_sample(path: Path, sample: NDArray[np.float32]) -> None:
    np.savez(path, **{INPUT_NAME: sample})  # type: ignore[arg-type]  # it takes the names of arrays, whatever they are
