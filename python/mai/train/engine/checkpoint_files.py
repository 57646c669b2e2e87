"""The files of a training's checkpoints: three that take turns, two of them named.

A checkpoint of ResNet-18 takes 0.20 s to write into a new file, most of it for finding and clearing
memory for its pages, and 0.07 over an old one (134 MB; tools/bench/records/epoch.jsonl). So files are written
over: `last.pt` and `best.pt` are second names (hard links), and a file that has neither is free.
What is named is never touched; a name moves by a rename.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mai.models.tensor_file import dump_tensors

LAST, BEST = "last.pt", "best.pt"
_FILES = ("0.pt", "1.pt", "2.pt")


def write_file(folder: Path, values: dict[str, Any]) -> Path:
    """Write a checkpoint, synced, into a file without a second name. Raises OSError, and leaves no half file then."""
    folder.mkdir(parents=True, exist_ok=True)
    path = next(path for path in (folder / name for name in _FILES) if _is_free(path))
    try:
        with path.open("r+b" if path.exists() else "xb") as file:
            dump_tensors(values, file)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def name_file(path: Path, name: str) -> None:
    """`name` becomes a second name of `path`, its only one where the file system has no links."""
    _name(path, name, os.replace)


def keep_last(folder: Path) -> None:
    """`best.pt` is what `last.pt` is; a copy where the file system has no links."""
    last, best = folder / LAST, folder / BEST
    if not best.exists() or not best.samefile(last):  # else resumed: renaming one to the other would do nothing
        _name(last, BEST, shutil.copyfile)


def remove_stale(folder: Path) -> None:
    """What a killed process left between two names."""
    for name in (LAST, BEST):
        (folder / _unfinished(name)).unlink(missing_ok=True)


def remove_free(folder: Path) -> None:
    """Delete the file that only waits to be written over: a training that goes on later does not need it."""
    for path in (folder / name for name in _FILES):
        if path.exists() and _is_free(path):
            path.unlink()


def _name(path: Path, name: str, without_links: Callable[[Path, Path], object]) -> None:
    new = path.parent / _unfinished(name)
    new.unlink(missing_ok=True)
    try:
        os.link(path, new)
    except OSError:
        without_links(path, new)
    os.replace(new, path.parent / name)


def _unfinished(name: str) -> str:
    return f".{name}.new"


def _is_free(path: Path) -> bool:
    return not path.exists() or path.stat().st_nlink == 1
