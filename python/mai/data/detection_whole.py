"""Decode a detection job's photos whole, for a board that sees them between bars: canvases for training, the board's
own picture for validation. The board's bars are taken for black; a training also sees grey ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from mai.data.boxes import seen_boxes
from mai.data.detection_store import FrameStore, PictureStore, decode_all, drawn_in, refuse_black
from mai.data.frame import decode_frame, frame_size
from mai.data.store import MEMORY_LIMIT_BYTES, allocate
from mai.data.voc import AnnotatedPhoto
from mai.detect.detections import Truth
from mai.detect.distances import HEIGHT, WIDTH
from mai.detect.geometry import Fitted, fit_whole, into_fitted

CANVAS = 384  # pixels: room for zooming in without blur


def decode_whole(path: Path, fitted: Fitted, width: int, height: int) -> np.ndarray:
    """The photo where `fitted` says, between black bars: uint8 [height, width, 3]. Raises PhotoError."""
    picture = np.zeros((height, width, 3), np.uint8)
    photo = decode_frame(path, fitted.width, fitted.height)
    picture[fitted.top : fitted.top + fitted.height, fitted.left : fitted.left + fitted.width] = photo
    return picture


def board_picture(path: Path) -> tuple[np.ndarray, Fitted]:
    """What kidbright-mai-plus makes of a photo: uint8 [224, 320, 3], and where the photo lies. Raises PhotoError."""
    fitted = fit_whole(frame_size(path), WIDTH, HEIGHT)
    return decode_whole(path, fitted, WIDTH, HEIGHT), fitted


def seen_as_whole(size: tuple[int, int]) -> tuple[int, int]:
    """The side of a photo that reaches from edge to edge of the picture, and the pixels of it there."""
    width, height = size
    return (width, WIDTH) if width * HEIGHT > height * WIDTH else (height, HEIGHT)


def load_canvases(
    photos: Sequence[AnnotatedPhoto], scratch: Path, memory_limit_bytes: int = MEMORY_LIMIT_BYTES
) -> FrameStore:
    """Whole photos in the middle of squares, as frames."""
    pixels = allocate((len(photos), CANVAS, CANVAS, 3), scratch, memory_limit_bytes)
    kept, fitted = _decode_into(pixels, photos)
    size = CANVAS * CANVAS * 3
    return FrameStore(
        photos=tuple(photos[row] for row in kept),
        pixels=torch.from_numpy(pixels).view(-1),
        offsets=tuple(row * size for row in kept),
        sizes=((CANVAS, CANVAS),) * len(kept),
        side=CANVAS,
        **drawn_in([photos[row] for row in kept], [fitted[row] for row in kept]),
        contents=tuple((fitted[row].width, fitted[row].height) for row in kept),
    )


def load_whole(
    photos: Sequence[AnnotatedPhoto], scratch: Path, memory_limit_bytes: int = MEMORY_LIMIT_BYTES
) -> PictureStore:
    """The pictures that the board makes of the photos."""
    pixels = allocate((len(photos), HEIGHT, WIDTH, 3), scratch, memory_limit_bytes)
    kept, fitted = _decode_into(pixels, photos)
    for target, row in enumerate(kept):
        if target != row:
            pixels[target] = pixels[row]
    truths = tuple(_truth(photos[row], fitted[row]) for row in kept)
    return PictureStore(tuple(photos[row] for row in kept), torch.from_numpy(pixels)[: len(kept)], truths)


def _decode_into(pixels: np.ndarray, photos: Sequence[AnnotatedPhoto]) -> tuple[list[int], list[Fitted]]:
    """The rows of the photos that can be used, and for all of them where they lie in their pictures."""
    height, width = pixels.shape[1:3]
    fitted = [fit_whole((photo.width, photo.height), width, height) for photo in photos]

    def decode(row: int) -> None:
        pixels[row] = decode_whole(photos[row].path, fitted[row], width, height)
        refuse_black(pixels[row])

    return decode_all(photos, decode), fitted


def _truth(photo: AnnotatedPhoto, fitted: Fitted) -> Truth:
    boxes, ignored = (into_fitted(each, fitted) for each in (photo.boxes, photo.ignored))
    return seen_boxes(boxes, photo.classes, (WIDTH, HEIGHT), ignored, photo.ignored_classes)
