"""Read WAV files whose header says 0 bytes although the sound is there: the recorder was closed too early.

Browsers play such files, so they are read here too: the sound is everything after the header.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 128 << 20  # 30 s at the highest rate, two channels of 64 bits, are 92 MB
_CHUNK = 8  # bytes: four letters and a length


def with_length(path: Path) -> Path | BinaryIO:
    """The file itself, or its bytes with the length put in where the header says 0. Raises OSError."""
    with path.open("rb") as file:
        kind = file.read(12)
        if kind[:4] not in (b"RIFF", b"RF64") or kind[8:] != b"WAVE":
            return path
        size = file.seek(0, io.SEEK_END)
        place = _empty_data(file, size, kind[:4] == b"RF64")
        if place is None or not place < size <= MOST_BYTES:
            return path
        file.seek(0)
        content = bytearray(file.read())
    content[:4] = b"RIFF"  # an RF64 keeps its lengths elsewhere, and there they are 0 too
    content[4:8] = struct.pack("<I", size - _CHUNK)
    content[place - 4 : place] = struct.pack("<I", size - place)
    return io.BytesIO(content)


def _empty_data(file: BinaryIO, size: int, is_rf64: bool) -> int | None:
    """Where the sound begins, if its chunk says that it holds none and what follows is no chunk either."""
    length_64 = None
    place = 12
    while place + _CHUNK <= size:
        name, length = _chunk(file, place)
        if name == b"ds64" and is_rf64:
            file.seek(place + _CHUNK + 8)
            length_64 = int.from_bytes(file.read(8), "little")
        if name == b"data":
            empty = length == 0 if length_64 is None else length_64 in (0, (1 << 64) - 1)
            begin = place + _CHUNK
            return begin if empty and not _are_chunks(file, begin, size) else None
        place += _CHUNK + length + length % 2
    return None


def _are_chunks(file: BinaryIO, place: int, size: int) -> bool:
    """Whether chunks follow one another from `place` exactly to the end: then the file is truly without sound."""
    while place + _CHUNK <= size:
        name, length = _chunk(file, place)
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        place += _CHUNK + length + length % 2
    return place in (size, size + 1)


def _chunk(file: BinaryIO, place: int) -> tuple[bytes, int]:
    file.seek(place)
    name, length = struct.unpack("<4sI", file.read(_CHUNK))
    return name, length
