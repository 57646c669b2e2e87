"""Generate project zips for measurements, for machines without the real photos.

make_project.py classification|detection|voice SAMPLES LABELS OUT.zip
make_project.py extend PROJECT.zip PHOTOS OUT.zip     the same project with further photos
make_project.py pupil PROJECT.zip NUMBER OUT.zip      the same project with photos of other content hashes
"""

from __future__ import annotations

import io
import json
import sys
import wave
import zipfile
from collections.abc import Iterator

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 320, 240
RATE = 16_000
TRAIN = {
    "epochs": 30, "batch_size": 32, "learning_rate": 0.001, "train_split": 80,
    "saveMethod": "best", "validateMatrix": "val_accuracy",
}  # fmt: skip


def main(argv: list[str]) -> None:
    kind, first, second, out = argv
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        if kind == "extend":
            extend(zipfile.ZipFile(first), int(second), target)
        elif kind == "pupil":
            of_pupil(zipfile.ZipFile(first), int(second), target)
        else:
            fill(target, kind, int(first), int(second))


def fill(target: zipfile.ZipFile, kind: str, samples: int, labels: int) -> None:
    names = [f"label-{number:02}" for number in range(labels)]
    types = {
        "classification": ("IMAGE_CLASSIFICATION", {"modelType": "resnet18"}),
        "detection": ("OBJECT_DETECTION", {"modelType": "slim_yolo_v2", "validateMatrix": "mAP", "objectThreshold": 0.5,
                                           "iouThreshold": 0.5}),
        "voice": ("VOICE_CLASSIFICATION", {"modelType": "voice-cnn"}),
    }  # fmt: skip
    project_type, config = types[kind]
    project = {
        "id": f"bench-{kind}", "name": kind, "projectType": project_type, "labels": [{"label": name} for name in names],
        "currentBoard": {"id": "kidbright-mai"}, "trainConfig": {**TRAIN, **config},
    }  # fmt: skip
    target.writestr("project.json", json.dumps(project))
    members = {"classification": photos, "detection": boxed_photos, "voice": clips}[kind](samples, names)
    for name, content in members:
        target.writestr(name, content)


def photos(samples: int, labels: list[str]) -> Iterator[tuple[str, bytes]]:
    """A label is a hue and a texture; every photo has a place, a light and noise of its own."""
    for number in range(samples):
        label = number % len(labels)
        yield f"dataset/{labels[label]}/{number:06}.jpg", photo(number, label, len(labels))[0]


def boxed_photos(samples: int, labels: list[str]) -> Iterator[tuple[str, bytes]]:
    for number in range(samples):
        label = number % len(labels)
        content, (x1, y1, x2, y2) = photo(number, label, len(labels))
        yield f"dataset/JPEGImages/{number:06}.jpg", content
        yield (
            f"dataset/Annotations/{number:06}.xml",
            (
                f"<annotation><size><width>{WIDTH}</width><height>{HEIGHT}</height><depth>3</depth></size><object>"
                f"<name>{labels[label]}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
                "</bndbox></object></annotation>"
            ).encode(),
        )


def photo(number: int, label: int, labels: int) -> tuple[bytes, tuple[int, int, int, int]]:
    """A JPEG with one disc, and the disc's box."""
    rng = np.random.default_rng(number)
    radius = int(rng.integers(40, 80))
    x, y = int(rng.integers(110, 210)), int(rng.integers(90, 150))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    hue = 2 * np.pi * label / labels
    ink = 128 + 100 * np.cos(hue + np.array([0.0, 2.1, 4.2]))
    pixels = np.where(inside[..., None], ink, rng.uniform(60, 190, 3)) * rng.uniform(0.7, 1.2)
    pixels += 15 * np.sin(columns / (3 + label % 7))[..., None] + rng.normal(0, 12, (HEIGHT, WIDTH, 1))
    file = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    box = max(x - radius, 1), max(y - radius, 1), min(x + radius, WIDTH), min(y + radius, HEIGHT)
    return file.getvalue(), box


def clips(samples: int, labels: list[str]) -> Iterator[tuple[str, bytes]]:
    """A label is a chord that rises or falls."""
    for number in range(samples):
        label = number % len(labels)
        rng = np.random.default_rng(number)
        time = np.arange(int(1.4 * RATE)) / RATE
        pitch = 200 * 1.5**label * rng.uniform(0.95, 1.05) * (1 + 0.2 * (label % 2) * time)
        sound = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3))
        loud = (time > 0.3) & (time < 1.0)
        samples_16 = (3000 * sound * loud + rng.normal(0, 60, len(time))).clip(-32768, 32767).astype("<i2")
        file = io.BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setparams((1, 2, RATE, 0, "NONE", ""))
            wav.writeframes(samples_16.tobytes())
        yield f"dataset/sound/{labels[label]}/{number:06}.wav", file.getvalue()


def extend(source: zipfile.ZipFile, more: int, target: zipfile.ZipFile) -> None:
    """Copies of its first photos with a byte behind their end: the same pixels under another content hash."""
    names = source.namelist()
    for name in names:
        target.writestr(name, source.read(name))
    taken = [name for name in names if name.startswith("dataset/") and name.endswith((".jpg", ".png"))][:more]
    for name in taken:
        stem, _, extension = name.rpartition(".")
        target.writestr(f"{stem}-more.{extension}", source.read(name) + b"+")


def of_pupil(source: zipfile.ZipFile, number: int, target: zipfile.ZipFile) -> None:
    """Every photo with bytes behind its end: nothing that was computed for another pupil's can be used."""
    for name in source.namelist():
        is_photo = name.startswith("dataset/") and name.endswith((".jpg", ".png"))
        target.writestr(name, source.read(name) + (number.to_bytes(4, "big") if is_photo else b""))


if __name__ == "__main__":
    main(sys.argv[1:])
