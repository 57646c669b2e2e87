"""JPEGs without their end: cameras leave out the two bytes that close the file, and every browser shows the photo.

The decoder cannot say whether the picture in front of a missing end is whole: put an end to it, and it fills what is
missing with grey. So the file is decoded twice, with other bytes in front of the end. What was missing shows in
the difference; behind a whole picture they are passed over.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

END = b"\xff\xd9"
OTHER = bytes((37 * number + 11) % 251 for number in range(512))  # no byte of it is a marker's 0xFF
MOST_MISSING = 0.05  # of the rows: a browser shows the rest, and so little is not what the photo is of


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
