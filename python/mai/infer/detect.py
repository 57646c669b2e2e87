"""Which objects a photo shows, and where."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mai.data.decode import PhotoError, decode_square
from mai.data.frame import frame_size
from mai.data.preprocess import PREPROCESS
from mai.detect.anchors import ANCHORS
from mai.detect.decode import decode_boxes
from mai.detect.geometry import Square, centre_square, out_of_square
from mai.errors import MaiError
from mai.infer.classify import photo_error
from mai.infer.loaded import Loaded
from mai.infer.protocol import Request


def detect(loaded: Loaded, request: Request) -> dict[str, Any]:
    """`boxes` in pixels of the photo, best first, and `board.boxes` where the model is converted.

    Without a threshold in the request each network uses its own: the project's, and for the
    board the one that its conversion chose.
    """
    try:
        square = centre_square(*frame_size(request.file))
        pixels = decode_square(request.file, PREPROCESS.size)
    except PhotoError as reason:
        raise photo_error(reason) from None
    except FileNotFoundError:
        raise MaiError("file_missing", "the photo has gone: send it again") from None
    photo = PREPROCESS(torch.from_numpy(pixels.copy())[None])
    own = float(loaded.trained.train_config.get("object_threshold", 0.5))
    result: dict[str, Any] = {"boxes": _boxes(loaded, loaded.run(photo), square, _pick(request.threshold, own))}
    if request.board and loaded.twin is not None:
        threshold = _pick(request.threshold, _pick(loaded.board_threshold, own))
        result["board"] = {"boxes": _boxes(loaded, loaded.twin(photo.contiguous().numpy()), square, threshold)}
    return result


def _boxes(loaded: Loaded, output: NDArray[np.float32], square: Square, threshold: float) -> list[dict[str, Any]]:
    iou_threshold = float(loaded.trained.train_config.get("iou_threshold", 0.5))
    anchors = loaded.trained.arch.get("anchors") or ANCHORS
    (found,) = decode_boxes(output, anchors, threshold, iou_threshold)
    placed = out_of_square(found.boxes, square, PREPROCESS.size)
    return [
        {
            "x1": round(float(box[0]), 1), "y1": round(float(box[1]), 1),
            "x2": round(float(box[2]), 1), "y2": round(float(box[3]), 1),
            "prob": round(float(score), 6), "label": loaded.trained.labels[int(which)],
        }
        for box, score, which in zip(placed, found.scores, found.classes, strict=True)
    ]  # fmt: skip


def _pick(given: float | None, default: float) -> float:
    return default if given is None else given
