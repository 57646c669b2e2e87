"""Read JPEGs without an end: some cameras leave out the last two bytes, and every browser still shows the photo.

The decoder cannot tell whether the picture before a missing end is complete: with an end added, it fills missing
parts with grey. So the file is decoded twice, with different bytes before the added end. If the pictures differ,
that part was missing; after a complete picture the decoder ignores those bytes.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

END = b"\xff\xd9"
OTHER = bytes((37 * number + 11) % 251 for number in range(512))  # no byte of it is a marker's 0xFF
MOST_MISSING = 0.05  # of the rows: a browser shows the rest, and so small a part does not matter


def with_end(content: bytes, draft: tuple[int, int]) -> Image.Image | None:
    """The photo, decoded to at least `draft` (width, height); None where more of it is missing than its end."""
    content = content.rstrip(b"\xff")
    photo = _decode(content + END, draft)
    other = _decode(content + OTHER + END, draft)
    if photo is None or other is None or photo.size != other.size:
        return None
    differs = (np.asarray(photo) != np.asarray(other)).reshape(photo.height, -1).any(axis=1)
    missing = photo.height - int(differs.argmax()) if differs.any() else 0
    return photo if missing <= MOST_MISSING * photo.height else None


def _decode(content: bytes, draft: tuple[int, int]) -> Image.Image | None:
    try:
        image = Image.open(io.BytesIO(content), formats=("JPEG",))
        image.draft(None, draft)
        image.load()
    except (OSError, ValueError, SyntaxError):
        return None
    return image
