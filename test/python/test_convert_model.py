"""Whole conversions by their entry: what they leave, what they say, and that a failure leaves nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from converted import LABELS, converted_project, trained_project
from mai.cli import run_entry
from mai.config import ProjectType
from mai.convert import convert_model
from mai.convert import export_onnx as exporter
from mai.convert.arguments import ConvertArgs
from mai.convert.boards import Target
from mai.convert.job import Job, Outcome
from mai.convert.stages import Stages
from mai.errors import MaiError
from mai.models.registry import load_model, save_model
from torch import nn

REPOSITORY = Path(__file__).parents[2]
FILES = {
    "model.pth", "labels.txt", "report.json", "samples.json", "origin.json", "model.onnx", "model.param", "model.bin",
    "model_opt.param", "model_opt.bin", "model_opt.table", "model_int8.param", "model_int8.bin", "model.zip",
}  # fmt: skip


def run_convert(*args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, str(REPOSITORY / "python" / "convert.py"), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def conversion_report() -> dict:
    return json.loads((converted_project() / "converted" / "report.json").read_text())["conversion"]


class TestFinished:
    def test_output_is_complete(self) -> None:
        root = converted_project()
        folder = root / "converted"
        assert {file.name for file in folder.iterdir()} == FILES
        assert (folder / "model.pth").read_bytes() == (root / "output" / "model.pth").read_bytes()
        assert (folder / "labels.txt").read_text() == "blue\nred\n"
        leftovers = [file.name for file in root.iterdir() if file.name.startswith(".")]
        assert leftovers == []

    def test_the_optimised_files_are_the_inputs_of_the_int8_files(self, tmp_path: Path) -> None:
        folder = converted_project() / "converted"
        inputs = [str(folder / f"model_opt.{kind}") for kind in ("param", "bin")]
        made = [str(tmp_path / f"a.{kind}") for kind in ("param", "bin")]
        command = [str(REPOSITORY / "tools" / "spnntools"), "quantize", *inputs, *made, str(folder / "model_opt.table")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        for kind in ("param", "bin"):
            assert (tmp_path / f"a.{kind}").read_bytes() == (folder / f"model_int8.{kind}").read_bytes()

    def test_the_report_keeps_what_the_training_wrote(self) -> None:
        whole = json.loads((converted_project() / "converted" / "report.json").read_text())
        assert whole["training"] == {"model": "mobilenet-10"}

    def test_the_report_says_how_many_answers_are_the_same(self) -> None:
        report = conversion_report()
        assert report["held_back"] == {"used": 6, "of": 6}
        compared = report["compared"]
        assert compared["compared"] == 24 and compared["same"] == 24 - len(report["changed"]) >= 20
        assert report["agreement"] == pytest.approx(100 * compared["same"] / 24, abs=0.01)
        assert compared["expect_least"] < report["agreement"] <= compared["expect_most"]

    def test_the_report_says_how_many_answers_are_right(self) -> None:
        report = conversion_report()
        assert report["accuracy_float"] == report["accuracy_board"]
        assert report["checked"]["board"]["checked"] == 6
        assert sum(map(sum, report["confusion_board"])) == 6 and report["labels"] == list(LABELS)

    def test_the_report_says_how_alike_the_stages_are(self) -> None:
        report = conversion_report()
        assert set(report["similarity"]) == {"onnx", "ncnn", "optimised", "int8"}
        assert min(report["similarity"][stage] for stage in ("onnx", "ncnn", "optimised")) > 0.99999
        assert report["similarity"]["int8"] > 0.95

    def test_the_report_says_what_the_board_has_to_do(self) -> None:
        report = conversion_report()
        assert {layer["type"] for layer in report["cpu_layers"]} == {"ConvolutionDepthWise"}
        assert report["frame_rate"]["estimate"] and report["frame_rate"]["frames_per_second"] > 5

    def test_the_report_says_how_the_model_was_made(self) -> None:
        report = conversion_report()
        assert set(report["methods"]) == {"chosen", "vendor"} and report["variants"] and report["worst_layers"]
        assert report["files"]["model_int8.bin"] > 0 and report["seconds"]["calibrate"] > 0
        assert [warning["code"] for warning in report["warnings"]] == []
        photos = set(report["calibration"]["samples"])
        assert photos < set(load_model(converted_project() / "output" / "model.pth").split["train"])

    def test_is_of_one_model_where_a_training_replaces_it_meanwhile(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = copy_of_project(tmp_path / "p")
        model = project / "output" / "model.pth"
        networks = []

        def replaced_meanwhile(board: str, project_type: ProjectType) -> Target:
            model.with_suffix(".new").write_bytes(b"a better one")
            model.with_suffix(".new").replace(model)
            return Target((), compare)

        def compare(job: Job, stages: Stages) -> Outcome:
            networks.extend([job.trained, load_model(job.build / "model.pth")])
            raise MaiError("model_missing")

        monkeypatch.setattr(convert_model, "target_for", replaced_meanwhile)
        args = ConvertArgs(project, model.parent, project / "new", project / "cache", "cpu", 1, "auto")
        with pytest.raises(MaiError):
            convert_model.convert_model(args)
        first, second = (network.module.state_dict() for network in networks)
        assert all(torch.equal(first[name], second[name]) for name in first)

    def test_each_sample_compared_has_both_answers(self) -> None:
        folder = converted_project() / "converted"
        report = json.loads((folder / "report.json").read_text())["conversion"]
        samples = json.loads((folder / "samples.json").read_text())["samples"]
        compared = [one for one in samples if "board" in one]
        changed = sorted(one["file"] for one in compared if one["board"]["label"] != one["float"]["label"])
        assert len(samples) == len(compared) == 24
        assert changed == sorted(one["file"] for one in report["changed"])
        pairs = [(one["label"], one["board"]["label"]) for one in compared if one["held_back"]]
        table = [[pairs.count((label, answer)) for answer in LABELS] for label in LABELS]
        assert table == report["confusion_board"]

    def test_the_package_opens(self) -> None:
        with zipfile.ZipFile(converted_project() / "converted" / "model.zip") as archive:
            assert archive.testzip() is None
            report = json.loads(archive.read("report.json"))
        assert report["conversion"]["compared"]["compared"] == 24


def copy_of_project(target: Path) -> Path:
    shutil.copytree(trained_project(), target, ignore=shutil.ignore_patterns("converted"))
    return target


class TestFailed:
    def fails(self, project: Path, capsys: pytest.CaptureFixture, *args: str) -> dict:
        from convert import run

        before = sorted(str(file) for file in project.rglob("*"))
        assert run_entry(run, ["--project", str(project), "--output", str(project / "new"), *args]) == 1
        assert sorted(str(file) for file in project.rglob("*")) == before
        sent = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [event["event"] for event in sent].count("error") == 1
        assert "convert_model_end" not in [event["event"] for event in sent]
        return sent[-1]

    @pytest.fixture(autouse=True)
    def quiet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from mai import events

        monkeypatch.setattr(events, "claim_stdout", lambda: None)
        monkeypatch.setattr(events, "start_heartbeat", lambda: None)

    def test_for_another_board(self, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
        project = copy_of_project(tmp_path / "p")
        settings = json.loads((project / "project.json").read_text())
        (project / "project.json").write_text(json.dumps(settings | {"currentBoard": {"id": "micro:bit"}}))
        error = self.fails(project, capsys)
        assert error["code"] == "board_unsupported" and error["board"] == "micro:bit"

    def test_without_a_model(self, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
        project = copy_of_project(tmp_path / "p")
        assert self.fails(project, capsys, "--model", str(project / "nothing"))["code"] == "model_missing"

    def test_when_the_photos_are_gone(self, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
        project = copy_of_project(tmp_path / "p")
        shutil.rmtree(project / "dataset" / "red")
        shutil.rmtree(project / "dataset" / "blue")
        error = self.fails(project, capsys)
        assert error["code"] == "samples_missing" and error["stage"] == "export"

    def test_in_a_layer_that_the_board_lacks(
        self, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = copy_of_project(tmp_path / "p")
        export = exporter.export_onnx

        def with_swish(model: nn.Module, shape: tuple[int, ...], path: Path) -> None:
            export(nn.Sequential(nn.Conv2d(3, 4, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                                 nn.Linear(4, 2)), shape, path)  # fmt: skip

        monkeypatch.setattr("mai.convert.float_network.export_onnx", with_swish)
        monkeypatch.setattr("mai.convert.float_network.require_same", lambda *_: 1.0)
        error = self.fails(project, capsys)
        assert error["code"] == "layer_unsupported" and error["type"] == "Swish" and error["stage"] == "ncnn"

    def test_when_a_stage_says_something_else(
        self, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = copy_of_project(tmp_path / "p")
        export = exporter.export_onnx

        def half(model: nn.Module, shape: tuple[int, ...], path: Path) -> None:
            export(nn.Sequential(model, Half()), shape, path)

        monkeypatch.setattr("mai.convert.float_network.export_onnx", half)
        error = self.fails(project, capsys)
        assert error["code"] == "stage_differs" and error["stage"] == "export"


class Half(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 0.5


def test_a_model_with_broken_numbers_is_refused(tmp_path: Path) -> None:
    project = copy_of_project(tmp_path / "p")
    trained = load_model(project / "output" / "model.pth")
    next(trained.module.parameters()).data.fill_(float("nan"))
    save_model(project / "output" / "model.pth", trained.module, project_type=trained.project_type, name=trained.name,
               labels=trained.labels, arch=trained.arch, split=trained.split, train_config={}, metrics={})  # fmt: skip
    done = run_convert("--project", project)
    sent = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and sent[-1]["event"] == "error"
    assert sent[0]["event"] == "convert_model_init" and sent[-1]["stage"] == "export"
    assert sorted(file.name for file in (project / "output").iterdir()) == [
        "labels.txt", "model.pth", "origin.json", "report.json", "samples.json",
    ]  # fmt: skip
