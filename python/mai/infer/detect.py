"""Answer which objects a photo shows, and where."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mai.data.decode import decode_square
from mai.data.frame import frame_size
from mai.data.preprocess import PREPROCESS
from mai.detect.anchors import ANCHORS
from mai.detect.predict import boxes_as_json, found_in_photo
from mai.infer.loaded import Loaded
from mai.infer.photo import photo_errors
from mai.infer.protocol import Request


def detect(loaded: Loaded, request: Request) -> dict[str, Any]:
    """`boxes` in pixels of the photo, best first, and `board.boxes` where the model is converted.

    Without a threshold in the request each network uses its own: the project's, and for the
    board the one that its conversion chose.
    """
    with photo_errors():
        size = frame_size(request.file)
        pixels = decode_square(request.file, PREPROCESS.size)
    photo = PREPROCESS(torch.from_numpy(pixels.copy())[None])
    own = float(loaded.trained.train_config.get("object_threshold", 0.5))
    result: dict[str, Any] = {"boxes": _boxes(loaded, loaded.run(photo), size, _pick(request.threshold, own))}
    if request.board and loaded.twin is not None:
        threshold = _pick(request.threshold, _pick(loaded.board_threshold, own))
        result["board"] = {"boxes": _boxes(loaded, loaded.twin(photo.contiguous().numpy()), size, threshold)}
    return result


def _boxes(
    loaded: Loaded, output: NDArray[np.float32], size: tuple[int, int], threshold: float
) -> list[dict[str, Any]]:
    iou_threshold = float(loaded.trained.train_config.get("iou_threshold", 0.5))
    anchors = loaded.trained.arch.get("anchors") or [list(pair) for pair in ANCHORS]
    found = found_in_photo(output, size, anchors, threshold, iou_threshold)
    return boxes_as_json(found, loaded.trained.labels)


def _pick(given: float | None, default: float) -> float:
    return default if given is None else given
