"""Build a complete output folder (files of training and conversion), or leave the old one untouched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mai.files import new_folder

# report.json is written anew, with the training's part
TRAINED = ("model.pth", "labels.txt", "samples.json", "origin.json")


@contextmanager
def new_output(output: Path, model: Path) -> Iterator[Path]:
    """Yields a folder with the training's files of `model`; it replaces `output` if nothing is raised."""
    with new_folder(output) as build:
        for name in TRAINED:
            if (model / name).is_file():
                _link(model / name, build / name)
        yield build


def _link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file system has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
