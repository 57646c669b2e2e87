"""A folder of files that may be deleted at any time: one for each backbone, shared by all projects of a server.

Each file is an uncompressed zip, whose checksums find damage. It is written under another name and renamed, so two
conversions at once both leave a whole one. What cannot be read or written costs time and nothing else.
"""

from __future__ import annotations

import io
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from mai.files import write_atomic

MOST_FILES = 12  # 20 to 30 MB, and 1 MB for scales, of each of the three networks of two versions of this program
LEFTOVER_S = 3600  # a file under another name that is this old belongs to a process that was killed
ENDING = ".backbone"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the time must not change the file
Read = TypeVar("Read")


class BackboneCache:
    """`folder` is made when the first file is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> dict[str, bytes] | None:
        """The parts kept under `key`, or None: there are none, or they are damaged."""
        return self.use(key, lambda parts: parts)

    def use(self, key: str, make: Callable[[dict[str, bytes]], Read]) -> Read | None:
        """What `make` makes of the parts kept under `key`, or None: there are none, or it can make nothing of them.

        Whatever is wrong with a file, it is made again: each parser has errors of its own for foreign bytes.
        """
        path = self._path(key)
        try:
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
                made = make({name: archive.read(name) for name in archive.namelist()})
        except FileNotFoundError:
            return None
        except Exception as reason:  # noqa: BLE001
            _say(f"{path.name} is made again: {type(reason).__name__}: {reason}")
            return None
        with suppress(OSError):
            path.touch()  # the ones not used for longest go first
        return made

    def write(self, key: str, parts: Mapping[str, bytes]) -> None:
        """Keep `parts` under `key`; on a full disk, or without the right to, nothing is kept."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, part in parts.items():
                archive.writestr(zipfile.ZipInfo(name, LONG_AGO), part)
        try:
            write_atomic(self._path(key), lambda file: file.write(content.getbuffer()))
            self._remove_others(key)
        except OSError as reason:
            _say(f"nothing of the backbone is kept: {reason.strerror}")

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{ENDING}"

    def _remove_others(self, key: str) -> None:
        """Remove what was not used for longest beyond MOST_FILES, and what killed processes left."""
        kept: list[tuple[float, Path]] = []
        for path in self._folder.iterdir():
            with suppress(OSError):  # another process may remove the same file
                used = path.stat().st_mtime
                if path.name.startswith("."):
                    if time.time() - used > LEFTOVER_S:
                        path.unlink()
                elif path.name.endswith(ENDING) and path != self._path(key):
                    kept.append((used, path))
        for _, path in sorted(kept, reverse=True)[MOST_FILES - 1 :]:
            with suppress(OSError):
                path.unlink()


def _say(text: str) -> None:
    print(f"shared cache: {text}", file=sys.stderr)  # noqa: T201 - people's text
