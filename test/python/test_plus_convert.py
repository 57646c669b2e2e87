"""Conversions for kidbright-mai-plus with the real compiler: what they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from converted import LABELS, scratch, trained_project
from mai.infer.protocol import Request
from mai.infer.session import Session
from mai.plus.environment import is_there
from mud_reader import labels_in
from voice_project import make_project as make_voice_project

REPOSITORY = Path(__file__).parents[2]
STAGES = ["export", "transform", "calibrate", "quantize", "evaluate", "package"]
SLOWEST_S = 600

pytestmark = [
    pytest.mark.plus,
    pytest.mark.skipif(not is_there(), reason="the compiler is not installed: npm run setup:plus"),
]


def command(project: Path, output: Path) -> list[str]:
    script = str(REPOSITORY / "python" / "convert.py")
    where = ["--project", str(project), "--output", str(output), "--threads", "1", "--board", "kidbright-mai-plus"]
    return [sys.executable, script, *where]


def convert(project: Path, output: Path) -> dict:
    done = subprocess.run(command(project, output), capture_output=True, text=True, timeout=SLOWEST_S, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    end = json.loads(done.stdout.splitlines()[-1])
    assert end["event"] == "convert_model_end" and end["ms_at_least"] < end["ms_at_most"]
    return json.loads((output / "report.json").read_text())["conversion"]


@cache
def converted_photos() -> Path:
    output = scratch() / "plus-photos"
    convert(trained_project(), output)
    return output


@cache
def converted_sounds() -> Path:
    """A training of its own: the window's width is part of the network."""
    project = make_voice_project(scratch() / "plus-sounds", clips=9, epochs=8)
    train = [sys.executable, str(REPOSITORY / "python" / "train_voice_classification.py"), "--project", str(project)]
    subprocess.run([*train, "--threads", "1"], capture_output=True, timeout=SLOWEST_S, check=True)
    output = project / "converted"
    convert(project, output)
    return output


@pytest.mark.parametrize(("made", "labels"), [(converted_photos, LABELS), (converted_sounds, ("high", "low", "noise"))])
class TestFinished:
    def test_has_both_files_and_the_package(self, made, labels) -> None:
        folder = made()
        assert (folder / "model.cvimodel").read_bytes()[:8] == b"CviModel"
        assert labels_in((folder / "model.mud").read_text(encoding="utf-8")) == list(labels)
        with zipfile.ZipFile(folder / "model.zip") as archive:
            assert archive.testzip() is None
            assert {"model.cvimodel", "model.mud", "labels.txt", "report.json"} < set(archive.namelist())

    def test_agrees_with_the_trained_network(self, made, labels) -> None:
        report = json.loads((made() / "report.json").read_text())["conversion"]
        # a network of so few photos changes its mind at half a grey level: test/plus measures one that is trained
        assert report["board"] == "kidbright-mai-plus" and report["agreement"] > 80
        assert report["similarity"].keys() == {"onnx", "transformed", "int8"}
        assert min(report["similarity"].values()) > 0.95
        assert len(report["changed"]) == report["compared"]["compared"] - report["compared"]["same"]
        assert list(report["seconds"]) == [*STAGES[:-1], "total"]

    def test_leaves_nothing_else(self, made, labels) -> None:
        files = {file.name for file in made().iterdir()} - {"samples.json", "origin.json"}
        assert files == {
            "model.pth", "labels.txt", "report.json", "model.onnx", "model.cvimodel", "model.mud", "model.zip",
            "model_int8.mlir", "model_int8_weights.npz",
        }  # fmt: skip
        assert [file.name for file in made().parent.iterdir() if file.name.startswith(".scratch-")] == []


def test_the_board_answers_beside_the_float_network(tmp_path: Path) -> None:
    project = trained_project()
    photo = next((project / "dataset" / "red").iterdir())
    session = Session()
    answer = session(Request(converted_photos(), photo, "classification", None, board=True))
    assert answer["prediction"] == answer["board"]["prediction"] == "red"
    assert answer["board"]["prob"] == pytest.approx(answer["prob"], abs=0.1)
    assert "unknown" not in answer["board"]


def test_a_folder_with_a_long_name_and_signs_of_the_shell_is_a_folder(tmp_path: Path) -> None:
    """The ids of projects are texts, and classrooms have folders of their own."""
    output = tmp_path / ("โปรเจค " * 9 + "it's $HOME & `x`;(1)") / "jobs" / "output"
    output.parent.mkdir(parents=True)
    assert len(os.fsencode(output)) > 200
    assert convert(trained_project(), output)["agreement"] > 80


def test_a_failing_program_of_the_compiler_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    from mai.convert.boards.kidbright_mai_plus import steps
    from mai.errors import MaiError

    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(MaiError) as caught:
        steps.transform(tmp_path / "broken.onnx", np.zeros((1, 3, 8, 8), np.float32), tmp_path)
    assert caught.value.code == "plus_failed" and caught.value.params["program"] == "model_transform"
    assert caught.value.params["reason"]
