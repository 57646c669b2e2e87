"""Make the small picture of a photo that a page shows: the whole photo, upright, read as training reads it."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from mai.data.decode import load_pixels, open_photo, over_white, readable, to_rgb, upright_like

QUALITY = 80  # a picture of 160 pixels takes 5 KB


def small_jpeg(file: Path, size: int) -> bytes:
    """No side is longer than `size` pixels; a smaller photo keeps its size. Raises PhotoError, FileNotFoundError."""
    with readable(), open_photo(file) as image:
        shrunk = _fit(load_pixels(image, file, (2 * size, 2 * size)), size)
        upright = upright_like(Image.fromarray(over_white(shrunk)), image)
    target = io.BytesIO()
    upright.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def _fit(image: Image.Image, size: int) -> Image.Image:
    scale = min(1.0, size / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    return to_rgb(image).resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
