"""Project folders of generated photos, for the tests of image classification."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from mai.train.plan.plan import Plan, plan_for
from PIL import Image

LABELS = ("blue", "red")


def photo(kind: int, number: int, size: int = 64) -> Image.Image:
    """A bluish disc or a reddish cross on noise; every number is another picture."""
    rng = np.random.default_rng(1000 * kind + number)
    pixels = rng.integers(90, 140, (size, size, 3)).astype(np.float32)
    y, x = np.mgrid[:size, :size] - size / 2 + rng.uniform(-6, 6, (2, 1, 1))
    shape = np.hypot(x, y) < size / 4 if kind == 0 else np.minimum(abs(x), abs(y)) < size / 12
    pixels[shape] += (-60, -20, 90) if kind == 0 else (90, -40, -60)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def make_project(root: Path, per_label: int = 8, labels: tuple[str, ...] = LABELS, **config: object) -> Path:
    """A project with `per_label` photos of two kinds; further labels get photos of the second kind."""
    settings = {"modelType": "mobilenet-10", "epochs": 2, "batch_size": 8, "learning_rate": 0.001, "train_split": 75}
    document = {
        "id": "p1",
        "name": "generated",
        "projectType": "IMAGE_CLASSIFICATION",
        "labels": [{"label": label} for label in labels],
        "trainConfig": settings | config,
    }
    for kind, label in enumerate(labels):
        folder = root / "dataset" / label
        folder.mkdir(parents=True)
        for number in range(per_label):
            photo(min(kind, 1), number).save(folder / f"{number:02}.png")
    (root / "project.json").write_text(json.dumps(document), encoding="utf-8")
    return root


def plan_of(project: Path, **changes: object) -> Plan:
    return plan_for(project, **{"device": "cpu", "weights_dir": project / "weights"} | changes)


def events_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]
