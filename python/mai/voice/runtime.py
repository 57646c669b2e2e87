"""Run the board's float network in numpy: the answer that `model_cpu.npz` gives on the board.

Three times 3×3 convolution (padding 1), ReLU, 2×2 max pooling; global max pooling; if the file has it,
a 1×1 convolution with ReLU; a linear layer. Array names and shapes: docs/ide-contract.md § Voice on kidbright-mai.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from mai.errors import MaiError
from mai.voice.features import CHANNELS

CONVOLUTIONS = ("features.0", "features.3", "features.6")
POINTWISE = "features.10"
LINEAR = "classifier.1"


def write_npz(weights: Mapping[str, np.ndarray], labels: Sequence[str], path: Path) -> None:
    """Write the board's file. Raises ValueError if the arrays do not make the board's network."""
    arrays: dict[str, Any] = {name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()}
    check_arrays(arrays, len(labels))
    # np.savez would add ".npz" to a temporary name; a file object keeps the name as it is.
    with path.open("wb") as file:
        np.savez(file, **arrays, labels=np.array(list(labels), dtype=np.str_))


def read_npz(path: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """The arrays and the labels of a board's file, checked. Raises MaiError if it is not one."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        labels = [str(label) for label in arrays.pop("labels")]
        check_arrays(arrays, len(labels))
    except (OSError, KeyError, ValueError, TypeError, BadZipFile, EOFError) as reason:
        raise MaiError("model_unreadable", file=path.name, reason=str(reason)) from None
    return arrays, labels


def check_arrays(arrays: Mapping[str, np.ndarray], classes: int) -> None:
    """Raise ValueError naming the first array that the board could not use."""
    channels = CHANNELS
    for name in CONVOLUTIONS:
        channels = _check(arrays, name, (channels, 3, 3))
    if f"{POINTWISE}.weight" in arrays:
        channels = _check(arrays, POINTWISE, (channels, 1, 1))
    outputs = _check(arrays, LINEAR, (channels,))
    if outputs != classes:
        raise ValueError(f"{LINEAR}.weight has {outputs} outputs for {classes} labels")


def forward(weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Logits float32 (clips, labels) of the network's input (clips, 3, 40, W), W of any length from 8."""
    x = np.asarray(x, dtype=np.float32)
    for name in CONVOLUTIONS:
        x = _pool(np.maximum(_convolve(x, weights[f"{name}.weight"], weights[f"{name}.bias"]), 0))
    x = x.max(axis=(2, 3))
    if f"{POINTWISE}.weight" in weights:
        pointwise = weights[f"{POINTWISE}.weight"].reshape(-1, x.shape[1])
        x = np.maximum(x @ pointwise.T + weights[f"{POINTWISE}.bias"], 0)
    return x @ weights[f"{LINEAR}.weight"].T + weights[f"{LINEAR}.bias"]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (..., labels) of logits (..., labels)."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _convolve(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """3×3 convolution, padding 1: (n, c, h, w) → (n, o, h, w), as one matrix product per clip."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    clips, channels, height, width = windows.shape[:4]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(clips, channels * 9, height * width)
    product = weight.reshape(len(weight), -1) @ columns
    return (product + bias[:, None]).reshape(clips, len(weight), height, width)


def _pool(x: np.ndarray) -> np.ndarray:
    """2×2 max pooling; an odd last row or column is left out."""
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    even = x[:, :, :height, :width]
    rows = np.maximum(even[:, :, 0::2], even[:, :, 1::2])
    return np.maximum(rows[..., 0::2], rows[..., 1::2])


def _check(arrays: Mapping[str, np.ndarray], name: str, inputs: tuple[int, ...]) -> int:
    """Check the weight (outputs, *inputs) and the bias (outputs,) of a layer; return its outputs."""
    for part in ("weight", "bias"):
        if f"{name}.{part}" not in arrays:
            raise ValueError(f"{name}.{part} is missing")
    weight, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
    if weight.shape[1:] != inputs or bias.shape != weight.shape[:1]:
        raise ValueError(f"{name} has the shapes {weight.shape} and {bias.shape}, expected (n, {inputs}) and (n,)")
    return len(weight)
