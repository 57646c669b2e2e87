"""Find where a classifier looks in a photo: cover its parts one after the other and see where the answer falls.

It works for every network, also for one of a pupil's blocks, since it needs no look inside (occlusion sensitivity,
Zeiler and Fergus 2014, arXiv 1311.2901 § 4.2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mai.data.decode import decode_square
from mai.data.preprocess import PREPROCESS
from mai.errors import MaiError
from mai.infer.classify import verdict
from mai.infer.loaded import Loaded
from mai.infer.photo import photo_errors
from mai.infer.protocol import Request

CELLS = 7  # a side; 49 looks take a second with ResNet-18 on two cores
COVER = 2  # cells that a cover is wide: what is a cell wide shows through at its edges
LEAST = 0.1  # if no part lowers the log-odds by this much, no part is shown to matter


def look(loaded: Loaded, request: Request) -> dict[str, Any]:
    """`label`, `prob`, and `grid` [7][7] from the top left: 1 for the part that matters most for the answer, 0 for
    parts that do not matter. Raises MaiError `heat_of_labels_only` for boxes and clips."""
    if loaded.trained.project_type != "IMAGE_CLASSIFICATION":
        raise MaiError("heat_of_labels_only")
    with photo_errors():
        pixels = decode_square(request.file, PREPROCESS.size)
    photo = PREPROCESS(torch.from_numpy(pixels.copy())[None])
    logits = loaded.run(photo)[0].reshape(-1)
    best = int(logits.argmax())
    fallen = _log_odds(logits[None], best) - _log_odds(loaded.run(covered(photo)), best)
    said = verdict(logits, loaded.trained.labels)
    return {"label": said["prediction"], "prob": said["prob"], "grid": shares(fallen).tolist()}


def covered(photo: Tensor) -> Tensor:
    """float32 [1, C, S, S] → [49, C, S, S], each with another part grey."""
    side = photo.shape[-1] // CELLS
    around = (COVER - 1) * side // 2
    copies = photo.repeat(CELLS * CELLS, 1, 1, 1)
    for cell in range(CELLS * CELLS):
        top, left = cell // CELLS * side, cell % CELLS * side
        rows = slice(max(0, top - around), top + side + around)
        columns = slice(max(0, left - around), left + side + around)
        copies[cell, :, rows, columns] = 0
    return copies


def shares(fallen: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much each part lowers the answer → 0..1, two places, [7, 7]."""
    most = float(fallen.max())
    scaled = np.clip(fallen, 0, None) / most if most >= LEAST else np.zeros_like(fallen)
    return scaled.reshape(CELLS, CELLS).round(2)


def _log_odds(logits: NDArray[np.float32], best: int) -> NDArray[np.float64]:
    """Of the label `best` against all others; probabilities near 1 would hide what falls."""
    values = logits.reshape(len(logits), -1).astype(np.float64)
    others = np.delete(values, best, axis=1)
    return values[:, best] - np.logaddexp.reduce(others, axis=1)
