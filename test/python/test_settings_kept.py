"""What a pupil chose and cannot be kept is said in the log, by each of the three trainings."""

from __future__ import annotations

import json
from pathlib import Path

import detection_project
import photo_project
import pytest
import voice_project
from mai.train.classification import train as classification
from mai.train.detection import train as detection
from mai.train.plan.arguments import parse_plan
from mai.train.voice import train as voice

ODD = {"epochs": "2000", "batch_size": 1024, "saveMethod": "Best value", "learning_rate": 0.1, "train_split": 1}


class Begun(Exception):
    """The training would begin now."""


def photos(folder: Path) -> Path:
    return photo_project.make_project(folder, per_label=4, **ODD)


def boxes(folder: Path) -> Path:
    return detection_project.squares_project(folder, photos=8, **ODD)


def clips(folder: Path) -> Path:
    return voice_project.make_project(folder, clips=4, **ODD)


@pytest.mark.parametrize(
    ("module", "entry", "make", "samples"),
    [
        (classification, "train_classification", photos, 8),
        (detection, "train_detection", boxes, 8),
        (voice, "train_voice", clips, 12),
    ],
)
def test_each_training_names_old_and_new_value(module, entry, make, samples, tmp_path, monkeypatch, capsys):
    jobs = []

    def begin(job, **_):
        jobs.append(job)
        raise Begun

    monkeypatch.setattr(module, "train", begin)
    project = make(tmp_path / "project")
    capsys.readouterr()
    with pytest.raises(Begun):
        getattr(module, entry)(parse_plan("", ["--project", str(project), "--device", "cpu"]))
    notices = [event for event in map(json.loads, capsys.readouterr().out.splitlines()) if event["event"] == "notice"]
    adjusted = {n["setting"]: (n["before"], n["after"]) for n in notices if n["code"] == "setting_adjusted"}
    assert adjusted == {"epochs": ("2000", "1000"), "saveMethod": ("Best value", "best")}
    [fitted] = [n for n in notices if n["code"] == "batch_larger_than_data"]
    assert (fitted["before"], fitted["samples"]) == (1024, samples)
    assert jobs[0].batch_size <= fitted["after"] == jobs[0].samples
    assert jobs[0].max_epoch == 1000
