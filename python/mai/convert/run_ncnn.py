"""Run a float .param/.bin with ncnn itself, as an independent check of pnnx and of our rewrites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ncnn
import numpy as np
from numpy.typing import NDArray

from mai.errors import MaiError


def run_ncnn(
    param: Path, binary: Path, inputs: NDArray[np.float32], names: Sequence[str], threads: int = 2
) -> NDArray[np.float32]:
    """(N, C, H, W) → (N, …) as float32, one picture at a time; `names` are the blobs (input, output).

    Half precision and Winograd's transform are off, because the numbers are compared.
    Raises MaiError `ncnn_failed`.
    """
    net = ncnn.Net()
    net.opt.num_threads = threads
    for option in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_packed", "bf16_storage"):
        setattr(net.opt, f"use_{option}", False)
    net.opt.use_winograd_convolution = False
    if net.load_param(str(param)) != 0 or net.load_model(str(binary)) != 0:
        raise MaiError("ncnn_failed", file=param.name)
    outputs = []
    for picture in np.ascontiguousarray(inputs, np.float32):
        extractor = net.create_extractor()
        # A copy of ncnn's own: a Mat does not keep numpy's memory alive, and a layer in place would write into it.
        extractor.input(names[0], ncnn.Mat(picture).clone())
        code, output = extractor.extract(names[1])
        if code != 0:
            raise MaiError("ncnn_failed", file=param.name)
        outputs.append(np.array(output, np.float32))
    return np.stack(outputs)
