"""What is odd in photos, as data: dark and blurred ones, two labels, few scenes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import torch
from mai.data.few_scenes import scene_findings
from mai.data.groups import Groups
from mai.data.hard_to_see import hard_to_see
from mai.data.split import Split
from mai.models.samples_file import add_answers, write_samples_file
from mai.train.classification.findings import findings_of
from mai.train.classification.photos import read_photos
from photo_project import make_project, photo, plan_of
from PIL import Image, ImageFilter


def stack(photos: list[Image.Image]) -> torch.Tensor:
    return torch.from_numpy(np.stack([np.asarray(one.convert("RGB"), np.uint8) for one in photos]))


def scene(number: int) -> Image.Image:
    """Coarse and fine structure, as a photo has."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 255, (7, 7, 3), np.uint8)).resize((224, 224), Image.Resampling.BICUBIC)
    fine = Image.fromarray(rng.integers(90, 165, (224, 224, 3), np.uint8))
    return Image.blend(coarse, fine, 0.3)


def test_dark_and_blurred_photos_are_found_and_others_are_not() -> None:
    photos = [scene(number) for number in range(12)]
    photos[2] = photos[2].point(lambda value: value // 8)
    photos[5] = photos[5].filter(ImageFilter.GaussianBlur(4))
    photos[7] = Image.new("RGB", (224, 224), (200, 200, 200))  # plain, which is no blur
    assert hard_to_see(stack(photos)) == ([2], [5])


def test_too_few_photos_say_nothing_of_blur() -> None:
    photos = [scene(number) for number in range(5)] + [scene(5).filter(ImageFilter.GaussianBlur(4))]
    assert hard_to_see(stack(photos)) == ([], [])
    assert hard_to_see(torch.zeros((0, 224, 224, 3), dtype=torch.uint8)) == ([], [])


def test_every_finding_names_its_files(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    (root / "dataset/red/broken.png").write_bytes(b"no picture")
    Image.new("RGB", (64, 64), (1, 1, 1)).save(root / "dataset/red/black.png")
    photo(0, 0).save(root / "dataset/red/twin.png")
    plan = plan_of(root)
    suspects = [{"file": "dataset/red/twin.png", "label": "red", "suggestion": "blue"}]
    found = {one["code"]: one for one in findings_of(read_photos(plan), plan.project.labels, suspects)}
    assert found["mislabelled"]["files"] == [{"file": "dataset/red/twin.png", "suggestion": "blue"}]
    assert found["two_labels"]["files"] == [{"file": "dataset/red/twin.png", "pair": "dataset/blue/00.png"}]
    assert found["unreadable"] == {"code": "unreadable", "count": 1, "files": [{"file": "dataset/red/broken.png"}]}
    assert found["black"]["files"] == [{"file": "dataset/red/black.png"}]
    assert not {"heic", "too_large", "dark"} & found.keys()


def test_labels_of_few_scenes_are_named() -> None:
    scenes = np.array([0, 0, 0, 0, 4, 5, 6, 7])
    found = scene_findings(Groups(scenes, scenes), [0] * 4 + [1] * 4, ["a", "b"], Split((0, 1, 4, 5, 6), (2, 3, 7)))
    assert found == [
        {"code": "few_scenes", "count": 4, "labels": ["a"], "scenes": 1, "files": []},
        {"code": "one_scene", "count": 4, "labels": ["a"], "scenes": 1, "files": []},
    ]


def test_answers_are_added_to_what_the_training_wrote(tmp_path: Path) -> None:
    entry = {"file": "dataset/a/1.jpg", "label": "a", "scene": 0, "held_back": True, "counted": "a"}
    add_answers(tmp_path, {})
    assert not (tmp_path / "samples.json").exists()
    write_samples_file(tmp_path, ["a"], [entry, {**entry, "file": "dataset/a/2.jpg"}])
    os.link(tmp_path / "samples.json", tmp_path / "of the training.json")
    said = {"float": {"label": "a", "prob": 1.0}, "board": {"label": "b", "prob": float("nan")}}
    add_answers(tmp_path, {"dataset/a/2.jpg": said, "dataset/a/gone.jpg": said})
    first, second = json.loads((tmp_path / "samples.json").read_text())["samples"]
    assert first == entry
    assert "board" not in (tmp_path / "of the training.json").read_text()
    assert second["board"] == {"label": "b", "prob": None} and second["counted"] == "a"
