"""What a training is given: weights of small labels, and scenes that are left out together.

Each is tested on its own elsewhere (test_uneven, test_held_back); here, that the trainings use it.
"""

from pathlib import Path

import photo_project
import pytest
import torch
import voice_project
from mai.train.classification import train as classification
from mai.train.engine.training import Training
from mai.train.engine.uneven import label_offsets
from mai.train.voice import train as voice
from photo_project import plan_of


class Begun(Exception):
    """Instead of the first epoch."""


def job_of(module, run, root: Path, monkeypatch: pytest.MonkeyPatch) -> Training:
    jobs = []

    def begin(job, **_):
        jobs.append(job)
        raise Begun

    monkeypatch.setattr(module, "train", begin)
    with pytest.raises(Begun):
        run(plan_of(root))
    return jobs[0]


def test_photos_of_a_small_label_weigh_more_and_scenes_stay_together(tmp_path, monkeypatch):
    root = photo_project.make_project(tmp_path, per_label=24, train_split=50)
    red, blue = (root / "dataset" / label for label in ("red", "blue"))
    for file in sorted(red.iterdir())[6:]:
        file.unlink()
    for number, file in enumerate(sorted(blue.iterdir())):  # four pictures, six times each, a grey level apart
        picture = photo_project.photo(0, number // 6).point(lambda value, more=number % 6: min(255, value + more))
        picture.save(file)
    job = job_of(classification, classification.train_classification, root, monkeypatch)
    wanted = label_offsets(torch.tensor([0] * 12 + [1] * 3), 2)
    assert job.losses.keywords["offsets"].tolist() == pytest.approx(wanted.tolist())
    parts = job.held_back.parts[job.held_back.labels == 0].tolist()
    assert len(parts) == 12 and len(set(parts)) == 2


def test_clips_of_a_small_label_weigh_more_and_copies_stay_together(tmp_path, monkeypatch):
    root = voice_project.make_project(tmp_path, clips=12, train_split=50)
    low, high = (root / "dataset/sound" / label for label in ("low", "high"))
    for file in sorted(high.iterdir())[4:]:
        file.unlink()
    recordings = sorted(low.iterdir())
    for number, file in enumerate(recordings):
        file.write_bytes(recordings[number // 3 * 3].read_bytes())
    job = job_of(voice, voice.train_voice, root, monkeypatch)
    small, large, noise = job.losses.keywords["offsets"].tolist()
    assert small < large < 0 and noise < 0
    parts = job.held_back.parts[job.held_back.labels == 1].tolist()
    assert len(parts) == 6 and len(set(parts)) == 2
