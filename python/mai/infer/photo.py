"""Turn the reason why a photo cannot be read into the error that its sender gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mai.data.decode import FORMATS_IN_WORDS, PhotoError
from mai.errors import MaiError


@contextmanager
def photo_errors() -> Iterator[None]:
    """Raise MaiError `image_too_large`, `not_an_image` or `file_missing` where the block cannot read a photo."""
    try:
        yield
    except PhotoError as reason:
        if reason.code == "photos_too_large":
            raise MaiError("image_too_large", reason=str(reason)) from None
        is_heic = reason.code == "photos_heic"
        raise MaiError("not_an_image", reason=str(reason), formats=FORMATS_IN_WORDS, heic=is_heic) from None
    except FileNotFoundError:
        raise MaiError("file_missing") from None
