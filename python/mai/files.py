"""Write files and folders completely or not at all: under a temporary name, synced, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def write_atomic(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Call `write` with a file beside `path`, sync it, and rename it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Yields an empty folder beside `place`, which takes its place when the block ends without an error.

    The old folder goes with all that was in it. After an error it is as it was, and nothing of the new one is left.
    Everything is on the disk before the name changes: after a power cut `place` is the old folder or the whole new
    one.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    try:
        yield fresh
        fresh.chmod(0o755)
        _sync_tree(fresh)
        _replace(place, fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _replace(place: Path, fresh: Path) -> None:
    if not place.exists():
        fresh.rename(place)
        _sync_folder(place.parent)
        return
    aside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".old-{place.name}."))
    try:
        place.rename(aside / place.name)
        try:
            fresh.rename(place)
        except OSError:
            (aside / place.name).rename(place)
            raise
        _sync_folder(place.parent)
    finally:
        if place.exists():  # else what lies aside is all there is
            shutil.rmtree(aside, ignore_errors=True)


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            _sync_folder(path)
        else:
            # Windows syncs only what is open for writing.
            _sync(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """The names in a folder; some systems cannot (Windows), some file systems do not have to."""
    with suppress(OSError):
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
