"""The photos of the sample projects that lie beside the repository."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
from mai.data.decode import decode_square

from truth.drawn import SIDE, DrawnPhotos

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "projects"


def sample_photos(name: str) -> DrawnPhotos:
    """The photos of a sample project. Raises OSError where it is not there."""
    pixels, labels = [], []
    with zipfile.ZipFile(SAMPLES / f"{name}.zip") as archive:
        files = [PurePosixPath(file) for file in archive.namelist() if file.lower().endswith((".jpg", ".jpeg", ".png"))]
        names = sorted({file.parent.name for file in files} - {"null"})
        for file in (file for file in files if file.parent.name in names):
            pixels.append(decode_square(io.BytesIO(archive.read(str(file))), SIDE))
            labels.append(names.index(file.parent.name))
    return DrawnPhotos(np.stack(pixels), np.array(labels, np.int64), np.arange(len(labels)))
