"""Decode one photo file to its centre square as RGB bytes, whatever camera, program or pupil made it.

The board's camera delivers the whole centre square, scaled down by its image processor, which
averages over the pixels it drops. This module does the same: centre square, then a triangle filter
whose width grows with the reduction (Pillow's BILINEAR), on the file's own values.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from mai.data.deep_photo import colour_to_8_bits, grey_to_8_bits, is_deep_grey
from mai.data.file_kind import HEAD_BYTES, HEIC, kind_of
from mai.data.jpeg_end import with_end

MAX_PIXELS = 100_000_000
# By content, never by extension. Not in the list: whatever runs programs or draws (EPS, SVG, WMF).
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
FORMATS_IN_WORDS = ", ".join(FORMATS)
ORIENTATION = 0x0112  # EXIF
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
PAPER = (255, 255, 255)  # behind transparent pixels: stickers and drawings are shown on white
# What Pillow's decoders were seen to raise on damaged files.
DECODER_ERRORS = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError,
    RuntimeError, EOFError, struct.error, zlib.error,
)  # fmt: skip

# Pillow only warns of images between its limit and twice that; MAX_PIXELS below refuses them.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class PhotoError(Exception):
    """Why one photo cannot be used, in a few words; `code` is the notice's."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def decode_square(source: Path | BinaryIO, size: int) -> np.ndarray:
    """The centre square of a photo, upright: uint8 [size, size, 3]. Raises PhotoError, FileNotFoundError."""
    with readable(), open_photo(source) as image:
        return _square(image, source, size)


@contextmanager
def readable() -> Iterator[None]:
    """Turn everything that a decoder raises on a damaged photo into a PhotoError."""
    try:
        yield
    except (PhotoError, FileNotFoundError):
        raise
    except MemoryError:
        raise PhotoError("photos_too_large", "it does not fit in memory") from None
    except UnidentifiedImageError:  # names the file's place on the server
        raise PhotoError("photos_unreadable", "its format is not known") from None
    except DECODER_ERRORS as reason:
        raise PhotoError("photos_unreadable", _without_path(reason) or type(reason).__name__) from None


def _without_path(reason: Exception) -> str:
    """The system's message about a file, without the file's path on the server."""
    return reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)


def open_photo(source: Path | BinaryIO) -> Image.Image:
    """Open without decoding: the size is known and within the limit. Raises PhotoError, FileNotFoundError."""
    try:
        with readable():
            image = Image.open(source, formats=FORMATS)
    except Image.DecompressionBombError:
        raise PhotoError("photos_too_large", f"more than {MAX_PIXELS // 1_000_000} megapixels") from None
    except PhotoError as reason:
        kind = kind_of(_content(source, HEAD_BYTES))
        if kind == HEIC:
            raise PhotoError("photos_heic", "it is HEIC, as iPhones save photos") from None
        raise PhotoError(reason.code, f"it is {kind}" if kind else str(reason)) from None
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise PhotoError("photos_too_large", f"more than {MAX_PIXELS // 1_000_000} megapixels")
    return image


def load_pixels(image: Image.Image, source: Path | BinaryIO, draft: tuple[int, int]) -> Image.Image:
    """Decode a photo just opened, to 8 bits a value and no smaller than `draft` (width, height).

    May raise DECODER_ERRORS.
    """
    image.draft(None, draft)  # the JPEG decoder halves for free
    try:
        image.load()
    except OSError:
        whole = with_end(_content(source), draft) if image.format == "JPEG" else None
        if whole is None:
            raise
        return whole
    return grey_to_8_bits(image) if is_deep_grey(image) else colour_to_8_bits(image, source)


def _content(source: Path | BinaryIO, most: int = -1) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(most)
    source.seek(0)
    return source.read(most)


def _square(image: Image.Image, source: Path | BinaryIO, size: int) -> np.ndarray:
    # Twice the size is left so that the filter does the rest.
    loaded = load_pixels(image, source, (2 * size, 2 * size))
    side = min(loaded.size)
    left, top = (loaded.width - side) // 2, (loaded.height - side) // 2
    # Cropped and not resized by a box: the filter would reach over the box's edge.
    pixels = to_rgb(loaded.crop((left, top, left + side, top + side)))
    small = pixels.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=3.0)
    return over_white(upright_like(small, image))


def over_white(photo: Image.Image) -> np.ndarray:
    """RGB, or RGBA on white → uint8 [height, width, 3]."""
    if photo.mode == "RGBA":
        paper = Image.new("RGBA", photo.size, (*PAPER, 255))
        photo = Image.alpha_composite(paper, photo).convert("RGB")
    return np.asarray(photo, dtype=np.uint8)


def upright_like(pixels: Image.Image, source: Image.Image) -> Image.Image:
    """Turn `pixels` as the EXIF orientation of `source` says (done last: a small square turns fast)."""
    turn = TURNS.get(orientation_of(source))
    return pixels if turn is None else pixels.transpose(turn)


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation still to be applied, 1 (none) to 8. Damaged EXIF is passed over, as browsers do.

    Only EXIF counts: browsers ignore the orientation in XMP, which is often out of date. A TIFF is already
    upright: Pillow reports its size turned and turns its pixels while it loads them.
    """
    if image.format == "TIFF":
        return 1
    try:
        orientation = _exif_of(image).get(ORIENTATION, 1)
    except DECODER_ERRORS:
        return 1
    return orientation if orientation in range(1, 9) else 1


def _exif_of(image: Image.Image) -> Image.Exif:
    """As Image.getexif, which also searches the XMP."""
    if image.format == "PNG" and "exif" not in image.info:
        image.load()  # a PNG may have its EXIF behind the pixels
    exif, content = Image.Exif(), image.info.get("exif")
    if content is None and "Raw profile type exif" in image.info:  # as ImageMagick wrote it once
        content = bytes.fromhex("".join(image.info["Raw profile type exif"].split("\n")[3:]))
    if content is not None:
        exif.load(content)
    return exif


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode of 8 bits a value → RGB, or RGBA where there is transparency."""
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")
