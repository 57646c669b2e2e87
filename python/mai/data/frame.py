"""One photo file → the whole frame, upright, scaled: for photos of which squares are cut later."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from mai.data.decode import DECODER_ERRORS, PAPER, PhotoError, open_photo, orientation_of, to_rgb, upright_like
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
    """The photo upright and scaled to this size: uint8 [height, width, 3] RGB. Raises PhotoError."""
    image = open_photo(path)
    try:
        with image:
            return _scaled(image, width, height)
    except MemoryError:
        raise PhotoError("photos_too_large", "it does not fit in memory") from None
    except DECODER_ERRORS as reason:
        raise PhotoError("photos_unreadable", str(reason) or type(reason).__name__) from None


def _scaled(image: Image.Image, width: int, height: int) -> np.ndarray:
    turned = orientation_of(image) in SWAPS_SIDES
    size = (height, width) if turned else (width, height)
    image.draft(None, (2 * size[0], 2 * size[1]))  # the JPEG decoder halves for free
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.load()
    small = to_rgb(image).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    upright = upright_like(small, image)
    if upright.mode == "RGBA":
        paper = Image.new("RGBA", upright.size, (*PAPER, 255))
        upright = Image.alpha_composite(paper, upright).convert("RGB")
    return np.asarray(upright, dtype=np.uint8)
