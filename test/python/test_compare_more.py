"""The comparison of board and float network that goes on after the conversion has answered."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from converted import converted_project
from mai.convert.boards import kidbright_mai
from mai.convert.compare_more import compare_more
from mai.convert.measure import run_twin
from mai.models.registry import load_model


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Of its 24 photos 6 were compared."""
    folder = tmp_path / "project"
    shutil.copytree(converted_project(), folder)
    report = report_of(folder)
    report["conversion"]["compared"] = {"same": 6, "compared": 6, "expect_least": 54, "expect_most": 100}
    (folder / "converted" / "report.json").write_text(json.dumps(report))
    return folder


def compare(project: Path, capsys: pytest.CaptureFixture) -> list[dict]:
    threads = torch.get_num_threads()
    compare_more(project, project / "converted", project / "cache", 1)
    torch.set_num_threads(threads)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def report_of(project: Path) -> dict:
    return json.loads((project / "converted" / "report.json").read_text())


def test_all_photos_are_compared_and_the_report_says_so(project: Path, capsys: pytest.CaptureFixture) -> None:
    before = report_of(project)
    file = project / "converted" / "samples.json"
    before_file = json.loads(file.read_text())
    bare = [{key: one[key] for key in ("file", "label", "scene", "held_back")} for one in before_file["samples"]]
    file.write_text(json.dumps({**before_file, "samples": bare}))
    (notices,) = compare(project, capsys)
    split = load_model(project / "output" / "model.pth").split
    assert notices["event"] == "agreement_checked" and notices["compared"] == sum(map(len, split.values())) == 24
    assert notices["expect_least"] < 100 * notices["same"] / notices["compared"] <= notices["expect_most"]
    after = report_of(project)
    assert after["conversion"].pop("compared_after") == {key: notices[key] for key in before["conversion"]["compared"]}
    assert (after, json.loads(file.read_text())) == (before, before_file)
    drafts = [file.name for file in (project / "converted").iterdir() if file.name.startswith(".")]
    assert [*drafts, *(project / "cache").iterdir()] == []


def test_a_board_that_answers_otherwise_is_noticed(
    project: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kidbright_mai, "run_twin", lambda int8, inputs: -run_twin(int8, inputs))
    (notices,) = compare(project, capsys)
    assert notices["same"] <= 6 and notices["expect_least"] <= 10


def test_nothing_is_said_where_all_were_compared_before(project: Path, capsys: pytest.CaptureFixture) -> None:
    report = report_of(project)
    report["conversion"]["compared"]["compared"] = 24
    (project / "converted" / "report.json").write_text(json.dumps(report))
    assert compare(project, capsys) == []
    assert "compared_after" not in report_of(project)["conversion"]


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"conversion": {}}', '{"conversion": null}', '{"conversion": {"compared": null}}']
)
def test_models_of_before_are_left_alone(project: Path, capsys: pytest.CaptureFixture, text: str) -> None:
    (project / "converted" / "report.json").write_text(text)
    assert compare(project, capsys) == []
    assert (project / "converted" / "report.json").read_text() == text


def test_the_report_of_a_newer_conversion_is_not_overwritten(
    project: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    converted = project / "converted"

    def meanwhile(*args: object) -> torch.Tensor:
        converted.rename(project / "older")
        converted.mkdir()
        (converted / "report.json").write_text("newer")
        return run_twin(*args)

    monkeypatch.setattr(kidbright_mai, "run_twin", meanwhile)
    assert compare(project, capsys) == []
    assert (converted / "report.json").read_text() == "newer"


def test_what_a_killed_comparison_left_is_removed(project: Path, capsys: pytest.CaptureFixture) -> None:
    left = project / "cache" / ".compare-abc"
    left.mkdir(parents=True)
    (left / "photos").write_text("")
    compare(project, capsys)
    assert list((project / "cache").iterdir()) == []
