"""Decode a detection job's photos once to uint8: whole frames for training, centre squares for validation.

mai.data.detection_whole does the same for a board that sees the whole photo.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypedDict

import numpy as np
import torch
from torch import Tensor

from mai.data.boxes import boxes_in_square
from mai.data.decode import PhotoError, decode_square
from mai.data.findings import Findings
from mai.data.frame import decode_frame
from mai.data.photo_checks import is_black
from mai.data.store import MEMORY_LIMIT_BYTES, allocate
from mai.data.voc import AnnotatedPhoto
from mai.detect.anchors import IMAGE_SIZE
from mai.detect.detections import Truth
from mai.detect.geometry import Fitted, centre_square, into_fitted

THUMBNAIL = 112  # pixels, enough to see which photos are of one scene
LARGEST_SHORT_SIDE = 288  # pixels kept of larger photos: room for zooming in without blur


@dataclass(frozen=True)
class FrameStore:
    """Frames with the same short side and any long side, stored one after the other.

    `pixels` uint8 [bytes]; frame i begins at `offsets[i]`, is `sizes[i]` = (width, height) pixels of RGB,
    row by row. `boxes` [N, K, 4] float32 in pixels of the frame, `classes` [N, K] int64, `valid` [N, K] bool: to be
    found, `ignored` [N, K] bool: there, but not to be found. `contents`: (width, height) of the photo in the middle of
    each frame, where frames are squares with bars; else None.
    """

    photos: tuple[AnnotatedPhoto, ...]
    pixels: Tensor
    offsets: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    side: int
    boxes: Tensor
    classes: Tensor
    valid: Tensor
    ignored: Tensor
    contents: tuple[tuple[int, int], ...] | None = None

    def __len__(self) -> int:
        return len(self.photos)

    def frame(self, index: int) -> Tensor:
        """uint8 [height, width, 3], a view."""
        width, height = self.sizes[index]
        begin = self.offsets[index]
        return self.pixels[begin : begin + width * height * 3].view(height, width, 3)


@dataclass(frozen=True)
class PictureStore:
    """`pixels` uint8 [N, height, width, 3], what the board sees of each photo; `truths` their boxes in those pixels."""

    photos: tuple[AnnotatedPhoto, ...]
    pixels: Tensor
    truths: tuple[Truth, ...]


def load_frames(
    photos: Sequence[AnnotatedPhoto], scratch: Path, memory_limit_bytes: int = MEMORY_LIMIT_BYTES
) -> FrameStore:
    """Decode whole photos so that their short side is that of the median photo, 224 to 288 pixels."""
    side = int(min(max(median(min(photo.width, photo.height) for photo in photos), IMAGE_SIZE), LARGEST_SHORT_SIDE))
    sizes = [_scaled_size(photo, side) for photo in photos]
    offsets = np.cumsum([0] + [width * height * 3 for width, height in sizes]).tolist()
    pixels = allocate((offsets[-1],), scratch, memory_limit_bytes)

    def decode(row: int) -> None:
        frame = decode_frame(photos[row].path, *sizes[row])
        refuse_black(frame)
        pixels[offsets[row] : offsets[row + 1]] = frame.ravel()

    kept = decode_all(photos, decode)
    whole = [Fitted((photos[row].width, photos[row].height), 0, 0, *sizes[row]) for row in kept]
    return FrameStore(
        photos=tuple(photos[row] for row in kept),
        pixels=torch.from_numpy(pixels),
        offsets=tuple(offsets[row] for row in kept),
        sizes=tuple(sizes[row] for row in kept),
        side=side,
        **drawn_in([photos[row] for row in kept], whole),
    )


class Drawn(TypedDict):
    """The drawn boxes of a FrameStore."""

    boxes: Tensor
    classes: Tensor
    valid: Tensor
    ignored: Tensor


def drawn_in(photos: Sequence[AnnotatedPhoto], frames: Sequence[Fitted]) -> Drawn:
    """Of photos that lie so in their frames."""
    most = max((len(photo.boxes) + len(photo.ignored) for photo in photos), default=0)
    boxes = torch.zeros(len(photos), most, 4)
    classes = torch.zeros(len(photos), most, dtype=torch.int64)
    valid, ignored = torch.zeros(2, len(photos), most, dtype=torch.bool)
    for row, (photo, frame) in enumerate(zip(photos, frames, strict=True)):
        count, end = len(photo.boxes), len(photo.boxes) + len(photo.ignored)
        boxes[row, :end] = torch.from_numpy(into_fitted(np.concatenate([photo.boxes, photo.ignored]), frame))
        classes[row, :count] = torch.from_numpy(photo.classes)
        valid[row, :count] = True
        ignored[row, count:end] = True
    return {"boxes": boxes, "classes": classes, "valid": valid, "ignored": ignored}


def load_squares(
    photos: Sequence[AnnotatedPhoto], scratch: Path, memory_limit_bytes: int = MEMORY_LIMIT_BYTES
) -> PictureStore:
    """Decode the centre squares, as the board's camera sees them."""
    pixels = allocate((len(photos), IMAGE_SIZE, IMAGE_SIZE, 3), scratch, memory_limit_bytes)

    def decode(row: int) -> None:
        pixels[row] = decode_square(photos[row].path, IMAGE_SIZE)
        refuse_black(pixels[row])

    kept = decode_all(photos, decode)
    for target, row in enumerate(kept):
        if target != row:
            pixels[target] = pixels[row]
    truths = tuple(
        boxes_in_square(
            photo.boxes,
            photo.classes,
            centre_square(photo.width, photo.height),
            IMAGE_SIZE,
            photo.ignored,
            photo.ignored_classes,
        )
        for photo in (photos[row] for row in kept)
    )
    return PictureStore(tuple(photos[row] for row in kept), torch.from_numpy(pixels)[: len(kept)], truths)


def load_thumbnails(photos: Sequence[AnnotatedPhoto], size: int = THUMBNAIL) -> Tensor:
    """uint8 [N, size, size, 3], quick to decode, without notices: those come when the photo itself is decoded.

    A photo that cannot be read is replaced by its row number, so that it matches no other photo.
    """
    pixels = np.zeros((len(photos), size, size, 3), np.uint8)
    pixels.reshape(len(photos), -1)[:, :4] = np.arange(len(photos), dtype=np.uint32)[:, None].view(np.uint8)

    def decode(row: int) -> None:
        with contextlib.suppress(PhotoError, OSError):
            pixels[row] = decode_square(photos[row].path, size)

    with ThreadPoolExecutor(max(1, torch.get_num_threads())) as pool:
        list(pool.map(decode, range(len(photos))))
    return torch.from_numpy(pixels)


def refuse_black(pixels: np.ndarray) -> None:
    """Raise PhotoError for a photo that shows nothing."""
    if is_black(pixels):
        raise PhotoError("photos_black", "it is black")


def _scaled_size(photo: AnnotatedPhoto, side: int) -> tuple[int, int]:
    short = min(photo.width, photo.height)
    return max(side, round(photo.width * side / short)), max(side, round(photo.height * side / short))


def decode_all(photos: Sequence[AnnotatedPhoto], decode: Callable[[int], None]) -> list[int]:
    """The rows that could be decoded; a notice names the others."""
    findings = Findings()

    def attempt(row: int) -> PhotoError | None:
        try:
            decode(row)
        except PhotoError as reason:
            return reason
        except OSError as reason:
            return PhotoError("photos_unreadable", str(reason))
        return None

    # Pillow lets go of the interpreter's lock while it decodes and scales.
    with ThreadPoolExecutor(max(1, torch.get_num_threads())) as pool:
        reasons = list(pool.map(attempt, range(len(photos))))
    for photo, reason in zip(photos, reasons, strict=True):
        if reason is not None:
            findings.add(reason.code, photo.name)
    findings.notify()
    return [row for row, reason in enumerate(reasons) if reason is None]
