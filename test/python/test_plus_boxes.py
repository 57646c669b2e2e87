"""Boxes for kidbright-mai-plus with the real compiler: what the board's file holds and answers, with two labels and
with the four that need a fifth."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from converted import scratch
from detection_project import COLOURS, add_photo, write_project
from mai.infer.protocol import Request
from mai.infer.session import Session
from mai.plus.environment import is_there
from mai.plus.network import TWIN_FILE, PlusNetwork
from mud_reader import labels_in, read_mud

REPOSITORY = Path(__file__).parents[2]
SLOWEST_S = 900
BOARD = "kidbright-mai-plus"
TWO, FOUR = ("blue", "red"), ("blue", "red", "green", "yellow")

pytestmark = [
    pytest.mark.plus,
    pytest.mark.skipif(not is_there(), reason="the compiler is not installed: npm run setup:plus"),
]


def run(script: str, *arguments: object) -> None:
    command = [sys.executable, str(REPOSITORY / "python" / script), *map(str, arguments), "--threads", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SLOWEST_S, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@cache
def converted(labels: tuple[str, ...]) -> Path:
    project = write_project(
        scratch() / f"plus-{len(labels)}", labels, BOARD, modelType="yolo11n", epochs=6, batch_size=8
    )
    rng = np.random.default_rng(3)
    for number in range(24):
        side = int(rng.integers(40, 90))
        x, y = (int(rng.integers(0, 160 - side)) for _ in range(2))
        label = labels[number % len(labels)]
        add_photo(project, f"p{number:02}", [(label, x, y, x + side, y + side)], seed=number)
    run("train_object_detection.py", "--project", project)
    run("convert.py", "--project", project, "--output", project / "converted")
    return project / "converted"


@pytest.fixture(autouse=True)
def _colours(monkeypatch):
    monkeypatch.setitem(COLOURS, "yellow", (230, 220, 40))


@pytest.mark.parametrize("labels", [TWO, FOUR], ids=["two", "four"])
class TestFinished:
    def test_has_both_files_for_the_boards_program(self, labels) -> None:
        folder = converted(labels)
        assert (folder / "model.cvimodel").read_bytes()[:8] == b"CviModel"
        text = (folder / "model.mud").read_text(encoding="utf-8")
        assert read_mud(text)["extra"]["model_type"] == "yolo11"
        assert sorted(labels_in(text)) == sorted([*labels, *(["__pad__"] if len(labels) == 4 else [])])

    def test_board_and_float_network_answer_alike(self, labels) -> None:
        """The outputs: what they are worth as boxes, after so short a training, is chance (docs/performance.md)."""
        report = json.loads((converted(labels) / "report.json").read_text())["conversion"]
        assert min(report["similarity"].values()) > 0.99
        assert report["milliseconds"]["estimate"] and 0 < report["threshold"] < 1
        assert len(report["changed"]) == report["compared"]["compared"] - report["compared"]["same"]

    def test_chip_and_twin_give_the_same_two_outputs(self, labels) -> None:
        folder = converted(labels)
        x = np.random.default_rng(0).uniform(-1, 1, (1, 3, 224, 320)).astype(np.float32)
        with PlusNetwork(folder / "model.cvimodel") as chip, PlusNetwork(folder / TWIN_FILE) as twin:
            on_chip, in_twin = chip(x), twin(x)
        assert on_chip.shape == (1, 4 + (5 if len(labels) == 4 else len(labels)), 1470)
        assert np.array_equal(on_chip, in_twin)
        assert not on_chip[0, 4 + len(labels) :].any()

    def test_the_board_answers_beside_the_float_network(self, labels) -> None:
        folder = converted(labels)
        photo = next((folder.parent / "dataset" / "JPEGImages").iterdir())
        answer = Session()(Request(folder, photo, "detection", 0.0, board=True))
        both = [answer["boxes"], answer["board"]["boxes"]]
        assert all(both) and {box["label"] for boxes in both for box in boxes} <= set(labels)
        assert all(0 <= box["x1"] <= box["x2"] <= 160 for boxes in both for box in boxes)
