"""`npm run bench -- truth`: its parts are found, and the drawn photos are what they say."""

import argparse
import subprocess

import numpy as np
import pytest
from truth_parts import figures  # noqa: F401 - puts tools/bench on the path

import shown_and_true  # isort: skip
from truth.drawn import draw_photos, draw_scene, take_frame  # isort: skip
from truth.part import PARTS, load_part, standard_error  # isort: skip


@pytest.mark.parametrize("name", PARTS)
def test_every_part_says_what_it_is_and_how_many_projects_it_takes(name):
    part = load_part(name)
    assert part.__doc__ and part.PROJECTS >= 10 and part.CPU_MINUTES > 0 and callable(part.run)


def test_parts_run_side_by_side_the_longest_first_and_a_failure_is_not_lost(monkeypatch):
    asked = []

    def run(command, **_):
        asked.append(command[2])
        return subprocess.CompletedProcess(command, int(command[2] == "--part=twins"))

    monkeypatch.setattr(shown_and_true.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(shown_and_true.subprocess, "run", run)
    args = argparse.Namespace(seed=7, projects=None)
    assert shown_and_true.side_by_side(["plateau", "twins", "ranges"], args) == 1
    assert asked == ["--part=twins", "--part=ranges", "--part=plateau"]
    assert shown_and_true.side_by_side(["plateau", "ranges"], args) == 0


def test_frames_of_a_scene_are_nearly_alike_and_scenes_are_not():
    photos = draw_photos(np.random.default_rng(0), labels=2, scenes=2, frames=2)
    assert photos.scenes.tolist() == [0, 0, 1, 1, 2, 2, 3, 3] and photos.labels.tolist() == [0] * 4 + [1] * 4
    blurred = photos.pixels.reshape(8, 14, 16, 14, 16, 3).mean((2, 4)).reshape(8, -1)
    alike = np.corrcoef(blurred)
    same = photos.scenes[:, None] == photos.scenes[None]
    assert alike[same].min() > 0.9 and alike[~same].max() < 0.9


def test_the_box_of_a_frame_is_where_the_thing_is():
    rng = np.random.default_rng(3)
    scene = draw_scene(rng, 2)
    _, (x1, y1, x2, y2) = take_frame(rng, scene)
    wanted = np.array(scene.box) - 12
    assert np.abs(np.array([x1, y1, x2, y2]) - wanted).max() <= 4.5
    assert 0 <= x1 < x2 <= 224 and 0 <= y1 < y2 <= 224


def test_the_standard_error_of_a_mean():
    assert standard_error([1, 3]) == pytest.approx(1.0) and standard_error([4]) == 0
