"""Decode all photos of a job once to uint8, in memory or, beyond a limit, in a memory-mapped file."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mai import events
from mai.data.decode import PhotoError, decode_square
from mai.data.images import Photo
from mai.data.thumbnails import photo_contents

MEMORY_LIMIT_BYTES = 1 << 30  # 7,000 photos; 20,000 spill 3 GB to disk and train in 4 GB of memory
NAMES_TOLD = 10

LEFT_OUT = ("photos_unreadable", "photos_heic", "photos_too_large")  # codes


@dataclass(frozen=True)
class PhotoStore:
    """`pixels` uint8 [N, size, size, 3] RGB; `photos` and `digests` (SHA-256 of the file) go with its rows."""

    photos: tuple[Photo, ...]
    digests: tuple[str, ...]
    pixels: Tensor
    left_out: tuple[tuple[str, str], ...] = ()  # name and code of each photo that cannot be used

    @property
    def labels(self) -> Tensor:
        """int64 [N]"""
        return torch.tensor([photo.label for photo in self.photos], dtype=torch.int64)

    @cached_property
    def contents(self) -> list[str]:
        """A digest of each photo's pixels: the same for one saved again without loss, unlike `digests`."""
        return photo_contents(self.pixels)


def load_photos(
    photos: Sequence[Photo], size: int, scratch: Path, memory_limit_bytes: int = MEMORY_LIMIT_BYTES
) -> PhotoStore:
    """Decode every photo on all threads. Photos that cannot be used are named in a notice and left out.

    `scratch` is the folder of the memory-mapped file, which is unlinked at once and so
    vanishes with the process.
    """
    pixels = allocate((len(photos), size, size, 3), scratch, memory_limit_bytes)

    def decode(row: int) -> str | PhotoError:
        try:
            content = photos[row].path.read_bytes()
            pixels[row] = decode_square(io.BytesIO(content), size)
        except PhotoError as reason:
            return reason
        except OSError as reason:
            return PhotoError("photos_unreadable", str(reason))
        return hashlib.sha256(content).hexdigest()

    # Pillow lets go of the interpreter's lock while it decodes and scales.
    with ThreadPoolExecutor(max(1, torch.get_num_threads())) as pool:
        results = list(pool.map(decode, range(len(photos))))
    kept = [row for row, result in enumerate(results) if isinstance(result, str)]
    for target, row in enumerate(kept):
        if target != row:
            pixels[target] = pixels[row]
    _notify_left_out(photos, results)
    return PhotoStore(
        photos=tuple(photos[row] for row in kept),
        digests=tuple(str(results[row]) for row in kept),
        pixels=torch.from_numpy(pixels)[: len(kept)],
        left_out=tuple(
            (photo.name, result.code)
            for photo, result in zip(photos, results, strict=True)
            if isinstance(result, PhotoError)
        ),
    )


def allocate(shape: tuple[int, ...], scratch: Path, limit: int) -> np.ndarray:
    size = int(np.prod(shape))
    if size <= limit:
        return np.empty(shape, np.uint8)
    scratch.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=scratch, prefix="pixels.")
    with os.fdopen(handle, "r+b") as file:
        if hasattr(os, "posix_fallocate"):  # not on macOS
            os.posix_fallocate(
                file.fileno(), 0, size
            )  # reserves the space: a full disk is an error here and not a crash later
        else:
            file.truncate(size)
        pixels = np.memmap(file, np.uint8, "r+", shape=shape)
    Path(name).unlink()
    return pixels


def _notify_left_out(photos: Sequence[Photo], results: Sequence[str | PhotoError]) -> None:
    for code in LEFT_OUT:
        left_out = [
            photo.name
            for photo, result in zip(photos, results, strict=True)
            if isinstance(result, PhotoError) and result.code == code
        ]
        if left_out:
            events.notice(code, count=len(left_out), names=left_out[:NAMES_TOLD])
