"""Decode one photo file to its whole frame, upright and scaled; squares are cut from it later."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from mai.data.decode import load_pixels, open_photo, orientation_of, over_white, readable, to_rgb, upright_like
from mai.data.voc_frame import SWAPS_SIDES, PhotoSize


def frame_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels as a browser shows the photo, from its header. Raises PhotoError."""
    size = photo_size(path)
    return size.width, size.height


def photo_size(path: Path) -> PhotoSize:
    """The same with the EXIF orientation. Raises PhotoError."""
    with open_photo(path) as image:
        orientation = orientation_of(image)
        width, height = (image.height, image.width) if orientation in SWAPS_SIDES else (image.width, image.height)
        return PhotoSize(width, height, orientation)


def decode_frame(path: Path, width: int, height: int) -> np.ndarray:
    """The photo upright and scaled to this size: uint8 [height, width, 3] RGB. Raises PhotoError, FileNotFoundError."""
    with readable(), open_photo(path) as image:
        return _scaled(image, path, width, height)


def _scaled(image: Image.Image, path: Path, width: int, height: int) -> np.ndarray:
    turned = orientation_of(image) in SWAPS_SIDES
    size = (height, width) if turned else (width, height)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = load_pixels(image, path, (2 * size[0], 2 * size[1]))
    small = to_rgb(loaded).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return over_white(upright_like(small, image))
