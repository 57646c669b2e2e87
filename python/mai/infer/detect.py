"""Answer which objects a photo shows, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from numpy.typing import NDArray

from mai.data.preprocess import PREPROCESS
from mai.detect.predict import boxes_as_json
from mai.infer.loaded import Loaded
from mai.infer.photo import photo_errors
from mai.infer.protocol import Request
from mai.models.detectors import ToPhoto, detector_of


def detect(loaded: Loaded, request: Request) -> dict[str, Any]:
    """`boxes` in pixels of the photo, best first, and `board.boxes` where the model is converted.

    Without a threshold in the request each network uses its own: the project's, and for the
    board the one that its conversion chose.
    """
    with photo_errors():
        pixels, to_photo = detector_of(loaded.trained.name).show(request.file)
    photo = PREPROCESS(torch.from_numpy(pixels.copy())[None])
    own = float(loaded.trained.train_config.get("object_threshold", 0.5))
    output, board = loaded.answers(photo, request.board)
    result: dict[str, Any] = {"boxes": _boxes(loaded, output, to_photo, _pick(request.threshold, own))}
    if board is not None:
        threshold = _pick(request.threshold, _pick(loaded.board_threshold, own))
        result["board"] = {"boxes": _boxes(loaded, board, to_photo, threshold)}
    return result


def _boxes(loaded: Loaded, output: NDArray[Any], to_photo: ToPhoto, threshold: float) -> list[dict[str, Any]]:
    trained = loaded.trained
    iou_threshold = float(trained.train_config.get("iou_threshold", 0.5))
    found = detector_of(trained.name).find(output, len(trained.labels), threshold, iou_threshold)[0]
    return boxes_as_json(replace(found, boxes=to_photo(found.boxes)), trained.labels)


def _pick(given: float | None, default: float) -> float:
    return default if given is None else given
