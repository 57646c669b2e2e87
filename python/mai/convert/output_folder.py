"""A complete output folder or none: built beside its place, moved there by a rename."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TRAINED = ("model.pth", "labels.txt", "origin.json")  # report.json is written anew, with the training's part


@contextmanager
def new_output(output: Path, model: Path) -> Iterator[Path]:
    """A folder that holds the training's files of `model` and takes the place of `output` if nothing is raised."""
    output.parent.mkdir(parents=True, exist_ok=True)
    build = output.parent / f".{output.name}.{os.getpid()}.new"
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir()
    try:
        for name in TRAINED:
            if (model / name).is_file():
                _link(model / name, build / name)
        yield build
        _take_place(build, output)
    finally:
        shutil.rmtree(build, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file system has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _take_place(build: Path, output: Path) -> None:
    for file in sorted(build.iterdir()):
        _sync(file)
    old = output.parent / f".{output.name}.{os.getpid()}.old"
    shutil.rmtree(old, ignore_errors=True)
    if output.exists():
        output.rename(old)
    try:
        build.rename(output)
    except OSError:
        with suppress(OSError):
            old.rename(output)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
