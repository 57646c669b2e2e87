"""A project of boxes whose photos are frames of few scenes, split as a training splits it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
from mai.config import read_project
from mai.data.voc import index_voc
from mai.train.detection.prepare import split_photos
from PIL import Image

from truth.drawn import SIDE, draw_scene, label_names, take_frame
from truth.listen import listening

LABELS = 2
THING = 0.4  # mean width of the thing with the box, as a share of the picture
XML = (
    "<annotation><size><width>{side}</width><height>{side}</height><depth>3</depth></size><object>"
    "<name>{label}</name><bndbox><xmin>{0:.0f}</xmin><ymin>{1:.0f}</ymin><xmax>{2:.0f}</xmax><ymax>{3:.0f}</ymax>"
    "</bndbox></object></annotation>"
)


def twins_among_boxes(seed: int, scenes: int, frames: int) -> float:
    """Percent of the photos held back of which another frame of the scene is learnt."""
    with tempfile.TemporaryDirectory() as folder, listening():
        scene_of = write_project(Path(folder), np.random.default_rng(seed), scenes, frames)
        project = read_project(Path(folder))
        samples = index_voc(project.dataset, project.labels)
        split, _ = split_photos(samples, project, seed)
    learnt = {scene_of[samples[row].id] for row in split.train}
    return 100 * float(np.mean([scene_of[samples[row].id] in learnt for row in split.validation]))


def write_project(path: Path, rng: np.random.Generator, scenes: int, frames: int) -> dict[str, int]:
    """As the IDE writes it, without lists of what is held back. Returns the scene of each photo by its id.

    The ids are in no order that would say which photos belong together.
    """
    for folder in ("JPEGImages", "Annotations"):
        (path / "dataset" / folder).mkdir(parents=True)
    names = label_names(LABELS)
    labels = [{"label": name} for name in names]
    document = {"id": "truth", "name": "truth", "projectType": "OBJECT_DETECTION", "labels": labels, "trainConfig": {}}
    (path / "project.json").write_text(json.dumps(document), encoding="utf-8")
    ids = iter(rng.permutation(LABELS * scenes * frames).tolist())
    scene_of = {}
    for label, name in enumerate(names):
        for number in range(scenes):
            scene = draw_scene(rng, label, THING)
            for _ in range(frames):
                pixels, box = take_frame(rng, scene)
                photo = f"{next(ids):03}"
                Image.fromarray(pixels).save(path / f"dataset/JPEGImages/{photo}.jpg", quality=92)
                text = XML.format(*np.clip(box, 0, SIDE), side=SIDE, label=name)
                (path / f"dataset/Annotations/{photo}.xml").write_text(text, encoding="utf-8")
                scene_of[photo] = label * scenes + number
    return scene_of
