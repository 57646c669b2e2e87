"""Turn photos into network inputs exactly as the vendor's calibrate does (docs/spnn-format.md §5.1)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spnn.errors import SpnnError

SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
"""Names, in small letters, of files that Windows and macOS put into folders of photos."""

COEFFICIENT_ONE = 1 << 11
"""1.0 in the fixed-point coefficients of the bilinear resize."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """From pixels to network input: x = (pixel - mean) * norm, per channel of the network's order."""

    mean: tuple[float, ...]
    """One value per channel: three, or one with `gray`."""
    norm: tuple[float, ...]
    size: tuple[int, int] = (224, 224)
    """Width and height in pixels."""
    swap_rb: bool = False
    """True: channel 0 is red. False: blue, the order photos are decoded in."""
    gray: bool = False

    def __post_init__(self) -> None:
        channels = 1 if self.gray else 3
        for name, values in (("mean", self.mean), ("norm", self.norm)):
            if len(values) != channels:
                kind = "gray" if self.gray else "colour"
                raise SpnnError(f"{name} has {len(values)} values: a {kind} network needs {channels}")
        if min(self.size) < 1:
            raise SpnnError(f"size is {self.size[0]} x {self.size[1]}: width and height must be at least 1")


def image_paths(directory: str | Path) -> list[Path]:
    """All files of `directory`, by name in byte order, without those that systems add and hidden ones.

    Raises SpnnError if there are none.
    """
    files = (path for path in Path(directory).iterdir() if path.is_file() and not _is_of_a_system(path.name))
    paths = sorted(files, key=lambda path: os.fsencode(path.name))
    if not paths:
        raise SpnnError(f"{directory} holds no photos: calibration needs at least one")
    return paths


def _is_of_a_system(name: str) -> bool:
    """`.DS_Store` and `._photo.jpg` of macOS, `Thumbs.db` of Windows and the like."""
    return name.startswith(".") or name.lower() in SYSTEM_FILES


def load_inputs(paths: list[Path], preprocessing: Preprocessing) -> Iterator[NDArray[np.float32]]:
    """Network inputs, float32 (C, H, W), one per photo, decoded when asked for."""
    for path in paths:
        yield to_input(load_image(path), preprocessing)


def load_image(path: str | Path) -> Pixels:
    """Decode a photo to uint8 (height, width, 3) in the order blue, green, red; upright as its EXIF says."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            for xmp in ("xmp", "XML:com.adobe.xmp"):  # its orientation is not looked at, as in every browser
                image.info.pop(xmp, None)
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16-bit grey: keep the upper eight bits
                upright = Image.fromarray((np.asarray(upright).astype(np.uint32) >> 8).astype(np.uint8))
            rgb = np.asarray(upright.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SpnnError(f"{path} cannot be read as a photo ({error}): remove it or save it again") from None
    return np.ascontiguousarray(rgb[..., ::-1])


def to_input(bgr: Pixels, preprocessing: Preprocessing) -> NDArray[np.float32]:
    """Resize, order the channels and normalise: float32 (C, H, W)."""
    pixels = resize_bilinear(bgr, *preprocessing.size)
    if preprocessing.gray:
        weights = np.array([29, 150, 77], np.uint32)
        channels = ((pixels.astype(np.uint32) @ weights) >> 8)[..., None].astype(np.float32)
    else:
        channels = (pixels[..., ::-1] if preprocessing.swap_rb else pixels).astype(np.float32)
    x = (channels - np.array(preprocessing.mean, np.float32)) * np.array(preprocessing.norm, np.float32)
    return np.ascontiguousarray(x.transpose(2, 0, 1))


def resize_bilinear(pixels: Pixels, width: int, height: int) -> Pixels:
    """ncnn's fixed-point bilinear resize of uint8 (h, w, channels); no anti-aliasing."""
    source_height, source_width = pixels.shape[:2]
    if (source_width, source_height) == (width, height):
        return pixels
    x0, x1, a0, a1 = _taps(source_width, width)
    y0, y1, b0, b1 = _taps(source_height, height)
    used, (r0, r1) = _used_rows(y0, y1)
    rows = pixels[used]
    across = (rows[:, x0] * a0[None, :, None] + rows[:, x1] * a1[None, :, None]) >> 4
    upper, lower = across[r0] * b0[:, None, None] >> 16, across[r1] * b1[:, None, None] >> 16
    resized: Pixels = ((upper + lower + 2) >> 2).astype(np.uint8)
    return resized


def _taps(source: int, target: int) -> tuple[NDArray[np.int64], ...]:
    """Per target pixel the two source pixels and their int32 coefficients, which add up to 2048."""
    position = ((np.arange(target) + 0.5) * (source / target) - 0.5).astype(np.float32)
    first = np.floor(position).astype(np.int64)
    fraction = position - first.astype(np.float32)
    fraction[first < 0] = 0
    first = np.maximum(first, 0)
    fraction[first >= source - 1] = 1
    first = np.minimum(first, source - 2)
    coefficients = [
        np.floor(part * np.float32(COEFFICIENT_ONE) + np.float32(0.5)).astype(np.int32)
        for part in (np.float32(1) - fraction, fraction)
    ]
    # A source of one pixel has no left neighbour; its coefficient is 0.
    return np.maximum(first, 0), first + 1, *coefficients


def _used_rows(y0: NDArray[np.int64], y1: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The source rows that a target row needs, and both row lists as positions in them."""
    used, positions = np.unique(np.concatenate([y0, y1]), return_inverse=True)
    return used, positions.reshape(2, -1)
