"""Convert photos with more than 8 bits per value. Cameras fill 10, 12 or 14 of 16 bits, so the upper 8 are black."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

DEPTHS = (8, 10, 12, 14, 16)  # bits that cameras fill
# Of Pillow's names for big-endian 16 bits a channel.
_LOW_BYTES: dict[object, str] = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}


def is_deep_grey(image: Image.Image) -> bool:
    return image.mode.startswith("I;16") or image.mode in ("I", "F")


def grey_to_8_bits(image: Image.Image) -> Image.Image:
    """A grey photo of 16 bits, 32 bits or floats → mode L, by the depth that its own brightest value needs.

    The whole photo decides and not a part of it, so that training and inference see the same.
    """
    values = np.nan_to_num(np.asarray(image).astype(np.float64))
    if image.mode == "F" and values.max(initial=0) <= 1:
        return Image.fromarray(np.clip(values * 255, 0, 255).astype(np.uint8))
    if image.mode == "F" and values.max(initial=0) <= 255:
        return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    whole = np.clip(values, 0, 2**32).astype(np.int64)
    return Image.fromarray((whole >> (_depth(int(whole.max(initial=0))) - 8)).astype(np.uint8))


def colour_to_8_bits(image: Image.Image, source: Path | BinaryIO) -> Image.Image:
    """A PNG of 16 bits a channel, of which Pillow keeps the upper 8: the ones that its depth needs."""
    if image.format != "PNG" or image.mode not in ("RGB", "RGBA"):
        return image
    high = np.asarray(image)
    if high[..., :3].max(initial=0) >= 1 << 6:
        return image
    if not isinstance(source, Path):
        source.seek(0)
    with Image.open(source, formats=("PNG",)) as again:
        if not all(tile.args in _LOW_BYTES for tile in again.tile):
            return image
        again.tile = [tile._replace(args=_LOW_BYTES[tile.args]) for tile in again.tile]
        again.load()
        values = (high.astype(np.int64) << 8) | np.asarray(again)
    values[..., :3] >>= _depth(int(values[..., :3].max())) - 8
    values[..., 3:] >>= 8  # transparency is of full depth
    result = Image.fromarray(values.astype(np.uint8), image.mode)
    result.info, result.format = image.info, image.format
    return result


def _depth(brightest: int) -> int:
    return next((depth for depth in DEPTHS if brightest < 1 << depth), max(brightest.bit_length(), DEPTHS[-1]))
