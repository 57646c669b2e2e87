"""Answer requests for the small picture of a photo, which a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mai.data.small_photo import small_jpeg
from mai.errors import MaiError
from mai.infer.photo import photo_errors
from mai.infer.protocol import path_in

LARGEST = 1024  # pixels


@dataclass(frozen=True)
class SmallPicture:
    """`target` is the file to be written, `size` the longer side in pixels."""

    file: Path
    target: Path
    size: int


def picture_request(raw: dict[str, Any]) -> SmallPicture:
    """Raises MaiError `request_invalid`."""
    size = raw.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= LARGEST:
        raise MaiError("request_invalid", detail=f"size is {str(size)[:80]}: it must be 1 to {LARGEST}")
    return SmallPicture(path_in(raw, "file"), path_in(raw, "target"), size)


def write_small(request: SmallPicture) -> dict[str, Any]:
    """Write `target` as a JPEG. Raises MaiError as `photo_errors`."""
    with photo_errors():
        content = small_jpeg(request.file, request.size)
    request.target.write_bytes(content)
    return {"bytes": len(content)}
