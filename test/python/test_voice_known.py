"""What is kept of a voice training's preparation is used for the same clips alone, and never needed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mai.data.groups import Groups
from mai.train.plan.plan import plan_for
from mai.train.voice import known
from mai.train.voice.train import train_voice
from voice_project import make_project

CLIPS = np.arange(4 * 3000, dtype=np.int16).reshape(4, 3000)
LABELS = np.array([0, 0, 1, 1])


@pytest.fixture
def made(monkeypatch):
    """How often each was computed, here in no time."""
    counts = {"groups": 0, "copies": 0}

    def groups(samples, labels, percent):
        counts["groups"] += 1
        return Groups(np.arange(len(samples)), np.full(len(samples), percent))

    def copies(samples, labels, names, seed):
        counts["copies"] += 1
        return torch.full((len(samples), 2, 40, 3), seed, dtype=torch.uint8), torch.from_numpy(labels.copy())

    monkeypatch.setattr(known, "group_clips", groups)
    monkeypatch.setattr(known, "practice_copies", copies)
    return counts


def copies_in(folder, samples=CLIPS, labels=LABELS, names=("a", "b"), seed=7):
    return known.known_copies(folder, samples, labels, names, seed)


def test_both_are_computed_once_and_are_the_same_afterwards(tmp_path, made):
    for _ in range(3):
        copies, classes = copies_in(tmp_path / "cache")
        groups = known.known_groups(tmp_path / "cache", CLIPS, LABELS.tolist(), 80)
        assert (copies.shape, copies.dtype, copies.unique().tolist()) == ((4, 2, 40, 3), torch.uint8, [7])
        assert (classes.tolist(), groups.scenes.tolist(), groups.groups.tolist()) == (
            [0, 0, 1, 1],
            [0, 1, 2, 3],
            [80] * 4,
        )
    assert made == {"groups": 1, "copies": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"samples": CLIPS + 1},
        {"samples": CLIPS.reshape(4, 1500, 2)},
        {"labels": np.array([0, 1, 1, 1])},
        {"names": ("a", "c")},
        {"seed": 8},
    ],
)
def test_copies_of_anything_else_are_computed(tmp_path, made, changes):
    copies_in(tmp_path)
    copies_in(tmp_path, **changes)
    assert made["copies"] == 2


def test_another_share_or_another_version_is_computed(tmp_path, made, monkeypatch):
    for percent in (80, 70):
        known.known_groups(tmp_path, CLIPS, LABELS.tolist(), percent)
    assert made["groups"] == 2
    monkeypatch.setattr(known, "_code", lambda: "of the next version")
    known.known_groups(tmp_path, CLIPS, LABELS.tolist(), 70)
    assert made["groups"] == 3


def test_a_version_is_all_text_that_copies_depend_on():
    names = {path.name for path in known._sources()}
    assert {"voice_augment.py", "voice_sounds.py", "features.py", "practice.py", "recipe.py", "groups.py"} <= names
    assert all(path.is_file() for path in known._sources())


def test_a_broken_file_or_a_full_disk_costs_only_time(tmp_path, made, monkeypatch):
    copies_in(tmp_path)
    (tmp_path / known.COPIES).write_bytes(b"half a file")
    copies_in(tmp_path)
    copies_in(tmp_path)
    assert made["copies"] == 2

    def no_space(path, values):
        raise OSError(28, "no space")

    monkeypatch.setattr(known, "save_tensors", no_space)
    assert copies_in(tmp_path, seed=9)[0].unique().tolist() == [9]


def test_what_is_too_large_is_not_kept(tmp_path, made, monkeypatch):
    monkeypatch.setattr(known, "MOST_BYTES", 4 * 2 * 40 * 3 + 4 * 8 - 1)
    copies_in(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_training_of_the_same_clips_begins_with_what_the_first_one_kept(tmp_path, monkeypatch):
    calls = []
    for name in ("group_clips", "practice_copies"):
        real = getattr(known, name)
        monkeypatch.setattr(known, name, lambda *args, name=name, real=real: (calls.append(name), real(*args))[1])
    project = make_project(tmp_path, clips=4, epochs=1)
    for _ in range(2):
        train_voice(plan_for(project, threads=1, cache=tmp_path / "cache"))
    assert calls == ["group_clips", "practice_copies"]
