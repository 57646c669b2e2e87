"""Small detection projects for the tests: coloured squares on noise, as the IDE would write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Box = tuple[Any, ...]  # (label, x1, y1, x2, y2), written as they are

COLOURS = {"blue": (40, 60, 230), "red": (230, 40, 40)}


def voc_xml(boxes: Sequence[Box], width: int = 160, height: int = 160) -> str:
    """`boxes` are (label, x1, y1, x2, y2), written as they are."""
    objects = "".join(
        f"<object><name>{label}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin>"
        f"<xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
        for label, x1, y1, x2, y2 in boxes
    )
    size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotation>{size}{objects}</annotation>'


def write_project(
    path: Path, labels: Sequence[str] = ("blue", "red"), board: str = "kidbright-mai", **train: Any
) -> Path:
    """An empty project folder with its settings."""
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (path / "dataset" / folder).mkdir(parents=True)
    config = {
        "modelType": "slim_yolo_v2",
        "epochs": 2,
        "batch_size": 32,
        "learning_rate": 0.001,
        "train_split": 75,
        "saveMethod": "best",
        "objectThreshold": 0.5,
        "iouThreshold": 0.5,
        "validateMatrix": "mAP",
        **train,
    }
    project = {
        "id": path.name,
        "name": "squares",
        "projectType": "OBJECT_DETECTION",
        "labels": [{"label": label} for label in labels],
        "currentBoard": {"id": board},
        "trainConfig": config,
    }
    (path / "project.json").write_text(json.dumps(project))
    return path


def add_photo(
    project: Path,
    name: str,
    boxes: Sequence[Box],
    size: tuple[int, int] = (160, 160),
    seed: int = 0,
    xml: str | bytes | None = None,
) -> None:
    """A photo with a filled square for each box; `xml` replaces what would be its annotation."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(60, 160, (size[1], size[0], 3), dtype=np.uint8)
    for label, x1, y1, x2, y2 in boxes:
        pixels[max(int(y1), 0) : int(y2), max(int(x1), 0) : int(x2)] = COLOURS.get(label, (0, 200, 0))
    Image.fromarray(pixels).save(project / "dataset" / "JPEGImages" / f"{name}.jpg", quality=95)
    text = voc_xml(boxes, *size) if xml is None else xml
    (project / "dataset" / "Annotations" / f"{name}.xml").write_bytes(
        text if isinstance(text, bytes) else text.encode()
    )


def squares_project(path: Path, photos: int = 16, **train: Any) -> Path:
    """Half of the photos with a blue square, half with a red one, at random places."""
    write_project(path, **train)
    rng = np.random.default_rng(7)
    for number in range(photos):
        side = int(rng.integers(40, 90))
        x, y = (int(rng.integers(0, 160 - side)) for _ in range(2))
        label = ("blue", "red")[number % 2]
        add_photo(path, f"p{number:02}", [(label, x, y, x + side, y + side)], seed=number)
    return path


def list_ids(project: Path, side: str, ids: Sequence[str]) -> None:
    """Write one of the IDE's lists."""
    (project / "dataset" / "ImageSets" / "Main" / f"{side}.txt").write_text("\n".join(ids))
