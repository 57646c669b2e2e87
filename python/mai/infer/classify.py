"""Answer which label a photo shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mai.data.decode import decode_square
from mai.data.preprocess import PREPROCESS
from mai.infer.loaded import Loaded
from mai.infer.photo import photo_errors
from mai.infer.protocol import Request
from mai.quality.unknown import scores_of
from mai.voice.runtime import softmax


def classify(loaded: Loaded, request: Request) -> dict[str, Any]:
    """`prediction`, `prob`, `probs`, and the same under `board` where the model is converted."""
    with photo_errors():
        pixels = decode_square(request.file, PREPROCESS.size)
    photo = PREPROCESS(torch.from_numpy(pixels.copy())[None])
    labels = loaded.trained.labels
    output, board = loaded.answers(photo, request.board)
    result = verdict(output[0], labels, loaded.unknown_below)
    if board is not None:
        result["board"] = verdict(board[0], labels, loaded.board_unknown_below)
    return result


def verdict(logits: NDArray[np.float32], labels: Sequence[str], unknown_below: float | None = None) -> dict[str, Any]:
    """The answer for the logits (labels,). `unknown` is present, and true, only if their score is below the limit."""
    probabilities = softmax(np.asarray(logits, np.float64).reshape(-1))
    best = int(probabilities.argmax())
    return {
        "prediction": labels[best],
        "prob": round(float(probabilities[best]), 6),
        "probs": {label: round(float(value), 6) for label, value in zip(labels, probabilities, strict=True)},
        **({"unknown": True} if unknown_below is not None and scores_of(logits[None])[0] < unknown_below else {}),
    }
