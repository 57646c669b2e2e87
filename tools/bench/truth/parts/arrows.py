"""Arrows to the left and to the right, 40 photos each, boxes drawn: does the detector learn which is which?

A mirrored left arrow is a right one: a training that mirrors its photos teaches both labels to every arrow. Trained
with the IDE's settings; what pupils are shown is mAP@0.5 on the photos held back, the truth is that on 150 new ones.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mai.data.preprocess import PREPROCESS
from mai.detect.average_precision import average_precision
from mai.detect.decode import decode_boxes
from mai.detect.detections import Truth
from mai.detect.evaluate import evaluate_detections
from mai.detect.geometry import centre_square, into_square
from mai.models.registry import load_model
from mai.train.detection.train import train_detection
from mai.train.plan.plan import plan_for
from PIL import Image

from truth.arrows import HEIGHT, WIDTH, DrawnBoxes, draw_arrows
from truth.listen import listening
from truth.part import Figure

PROJECTS = 10
CPU_MINUTES = 30
DIRECTIONS = ("left", "right")
EACH, FRESH = 40, 75  # photos of a label
SETTINGS = {"modelType": "slim_yolo_v2", "epochs": 60, "batch_size": 32, "learning_rate": 0.001, "train_split": 80,
            "saveMethod": "best", "objectThreshold": 0.5, "iouThreshold": 0.5, "validateMatrix": "mAP"}  # fmt: skip
XML = (
    "<annotation><size><width>{width}</width><height>{height}</height><depth>3</depth></size><object>"
    "<name>{label}</name><bndbox><xmin>{0:.0f}</xmin><ymin>{1:.0f}</ymin><xmax>{2:.0f}</xmax><ymax>{3:.0f}</ymax>"
    "</bndbox></object></annotation>"
)


def run(projects: int, seed: int, epochs: int = SETTINGS["epochs"], each: int = EACH) -> Iterator[Figure]:
    fresh = draw_arrows(np.random.default_rng(10**6), DIRECTIONS, FRESH)
    results = [train_and_ask(seed + number, fresh, epochs, each) for number in range(projects)]
    data = f"{each} photos of each of {len(DIRECTIONS)} arrows, {projects} projects from seed {seed}, {epochs} epochs"
    for name, goal in (("map", "mean >= 85"), ("recall", "")):
        shown, true = (float(np.mean([result[f"{side}_{name}"] for result in results])) for side in ("shown", "true"))
        values = [result[f"true_{name}"] for result in results]
        yield Figure(name, "% on fresh photos", values, data, goal, {"shown": round(shown, 1), "true": round(true, 1)})


def train_and_ask(seed: int, fresh: DrawnBoxes, epochs: int, each: int) -> dict[str, float]:
    """Percents: mAP and recall as pupils see them, and on the fresh photos."""
    with tempfile.TemporaryDirectory() as folder, listening() as sent:
        project = Path(folder)
        write_project(project, draw_arrows(np.random.default_rng(seed), DIRECTIONS, each), epochs)
        train_detection(plan_for(project, seed=seed))
        end = sent.last("train_end")
        network = load_model(project / "output/model.pth").module
    square = centre_square(WIDTH, HEIGHT)
    outputs = []
    for photo in fresh.pixels:
        cut = Image.fromarray(photo).crop((int(square.left), 0, int(square.left) + HEIGHT, HEIGHT))
        seen = torch.from_numpy(np.asarray(cut.resize((PREPROCESS.size,) * 2, Image.Resampling.BILINEAR)).copy())
        with torch.inference_mode():
            outputs.append(network(PREPROCESS(seen[None])).numpy())
    found = decode_boxes(np.concatenate(outputs), threshold=0.01, iou_threshold=0.5)
    boxes = into_square(fresh.boxes, square, PREPROCESS.size)
    truths = [Truth(box[None], label[None]) for box, label in zip(boxes, fresh.labels, strict=True)]
    quality = evaluate_detections(found, truths, DIRECTIONS, 0.5, 0.5)
    return {
        "shown_map": end["mAP"],
        "shown_recall": end["recall"],
        "true_recall": 100 * quality.recall,
        "true_map": 100 * average_precision(found, truths, DIRECTIONS).mean,
    }


def write_project(path: Path, photos: DrawnBoxes, epochs: int) -> None:
    """As the IDE writes it, without lists of what is held back."""
    for folder in ("JPEGImages", "Annotations"):
        (path / "dataset" / folder).mkdir(parents=True)
    labels = [{"label": label} for label in DIRECTIONS]
    document = {"id": "truth", "name": "truth", "projectType": "OBJECT_DETECTION", "labels": labels,
                "trainConfig": SETTINGS | {"epochs": epochs}}  # fmt: skip
    (path / "project.json").write_text(json.dumps(document), encoding="utf-8")
    for row, (pixels, box, label) in enumerate(zip(photos.pixels, photos.boxes, photos.labels, strict=True)):
        Image.fromarray(pixels).save(path / f"dataset/JPEGImages/{row:03}.jpg", quality=92)
        text = XML.format(*box, width=WIDTH, height=HEIGHT, label=DIRECTIONS[label])
        (path / f"dataset/Annotations/{row:03}.xml").write_text(text, encoding="utf-8")
