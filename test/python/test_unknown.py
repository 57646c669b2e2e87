"""From which score on a network knows a sample, and what is said below it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mai.convert.evaluation.classification import ClassificationEvaluation
from mai.convert.evaluation.samples import Samples
from mai.convert.job import Outcome
from mai.convert.judge import notify_unknown
from mai.convert.readme_text import readme
from mai.convert.report import write_report
from mai.infer.classify import verdict
from mai.infer.loaded import Loaded
from mai.quality.accuracy import Measured
from mai.quality.unknown import FEWEST, describe, scores_of, threshold_of

EXAMPLES = Path(__file__).parents[2] / "contract/examples/valid/convert.jsonl"
LEFT_OUT = {"right": 71, "checked": 96, "hidden": 5, "labels": 6}


def test_the_score_is_the_largest_raw_output() -> None:
    outputs = np.array([[1.0, 7.5, -3.0], [-2.0, -1.0, -4.0]], np.float32).reshape(2, 3, 1, 1)
    assert scores_of(outputs).tolist() == [7.5, -1.0]
    assert scores_of(outputs[:0]).tolist() == []


@pytest.mark.parametrize(("count", "below"), [(19, 0), (20, 0), (38, 0), (39, 1), (100, 4)])
def test_the_threshold_is_a_score_with_few_below_it(count: int, below: int) -> None:
    scores = np.random.default_rng(count).permutation(count).astype(float)
    assert threshold_of(scores) == below


def test_too_few_scores_give_no_threshold() -> None:
    assert FEWEST == 19
    assert threshold_of(np.arange(18.0)) is None
    assert threshold_of(np.full(30, np.nan)) is None


@pytest.mark.parametrize("count", [19, 24, 60])
def test_new_samples_keep_their_name_as_often_as_promised(count: int) -> None:
    rng = np.random.default_rng(0)
    kept = [(rng.normal(size=200) >= threshold_of(rng.normal(size=count))).mean() for _ in range(400)]
    assert 0.94 <= np.mean(kept) <= 0.98


def test_photos_of_one_scene_count_once() -> None:
    outputs = np.arange(40.0).reshape(40, 1)
    described = describe(outputs, [row // 2 for row in range(40)])
    assert described == {"threshold": 0.0, "kept_percent": 95, "checked": 20, "needed": 19}
    assert describe(outputs, [row // 4 for row in range(40)])["threshold"] is None


def test_the_report_has_the_limit_of_each_network() -> None:
    count = 24
    samples = Samples(tuple(map(str, range(count))), np.zeros((count, 1)), (0,) * count, tuple(range(count)))
    outputs = np.stack([np.arange(1.0, count + 1), np.zeros(count)], 1)
    evaluation = ClassificationEvaluation(("a", "b"), lambda _: samples, lambda _: 0)
    details = evaluation.compare(samples, outputs, 2 * outputs).details
    assert (details["unknown_float"]["threshold"], details["unknown"]["threshold"]) == (1.0, 2.0)


def test_an_answer_below_the_limit_is_unknown_and_stays_an_answer() -> None:
    logits = np.array([1.0, 3.0], np.float32)
    plain = verdict(logits, ("a", "b"))
    assert "unknown" not in plain
    assert verdict(logits, ("a", "b"), 3.0) == plain
    assert verdict(logits, ("a", "b"), 3.01) == {**plain, "unknown": True}


@pytest.mark.parametrize(("report", "limits"), [
    ({"conversion": {"unknown": {"threshold": 2.5}, "unknown_float": {"threshold": 3}}}, (3.0, 2.5)),
    ({"conversion": {"unknown": {"threshold": None}}}, (None, None)),
    ({"conversion": {"accuracy_board": 97.0}}, (None, None)),  # from before there was a limit
    ({"training": {}}, (None, None)),
    (None, (None, None)),
])  # fmt: skip
def test_inference_reads_the_limits_of_both_networks(tmp_path, report, limits) -> None:
    if report is not None:
        (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    loaded = Loaded(tmp_path, None)
    assert (loaded.unknown_below, loaded.board_unknown_below) == limits


@pytest.mark.parametrize(("found", "code"), [
    ({"threshold": 6.25, "kept_percent": 95, "checked": 24, "needed": 19}, "convert_unknown"),
    ({"threshold": None, "kept_percent": 95, "checked": 6, "needed": 19}, "convert_unknown_few"),
    (
        {"threshold": 6.25, "kept_percent": 95, "checked": 24, "needed": 19, "left_out": LEFT_OUT},
        "convert_unknown_tried",
    ),
])  # fmt: skip
def test_the_log_says_the_limit_or_why_there_is_none(found, code, capsys) -> None:
    notify_unknown({"unknown": found}, 80)
    notice = json.loads(capsys.readouterr().out)
    assert (notice["code"], notice["checked"]) == (code, found["checked"])
    example = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    assert notice["msg"] in [line.get("msg") for line in example]
    notify_unknown({"threshold": 0.5}, 80)  # a detector
    # outputs that are no numbers, of samples enough
    notify_unknown({"unknown": {"threshold": None, "kept_percent": 95, "checked": 19, "needed": 19}}, 80)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("train_split", "more"), [(80, 65), (50, 26), (99, 1300)])
def test_how_many_more_photos_it_takes_counts_those_that_are_learnt(train_split, more, capsys) -> None:
    notify_unknown({"unknown": {"threshold": None, "kept_percent": 95, "checked": 6, "needed": 19}}, train_split)
    assert json.loads(capsys.readouterr().out)["more"] == more


@pytest.mark.parametrize(("limit", "said"), [(6.25, True), (None, False)])
def test_the_readme_of_the_zip_has_the_limit(limit, said) -> None:
    checked = {"right": 24, "checked": 24, "uneven": False, "expect_least": 86, "expect_most": 100}
    report = {
        "board": "kidbright-mai", "project_type": "IMAGE_CLASSIFICATION", "model": "resnet18",
        "held_back": {"used": 24}, "checked": {"float": checked, "board": checked},
        "compared": {"same": 24, "compared": 24, "expect_least": 86, "expect_most": 100}, "measure": "accuracy",
        "agreement": 100, "accuracy_float": 100, "accuracy_board": 100,
        "unknown": {"threshold": limit, "kept_percent": 95, "checked": 24, "needed": 19},
    }  # fmt: skip
    text = readme(("model_int8.param",), report)
    assert ("below 6.25" in text and "ต่ำกว่า 6.25" in text) == said
    assert ("None of the labels" in text) == said
    assert ("was not measured" in text) == said
    report["unknown"]["left_out"] = LEFT_OUT
    text = readme(("model_int8.param",), report)
    assert ("5 of the 6 labels" in text and "71 of 96 photos" in text and "96 รูป" in text) == said
    assert "not measured" not in text


@pytest.mark.parametrize(("instant", "wanted"), [
    ({"left_out": LEFT_OUT}, LEFT_OUT), ({"left_out": None}, None), (None, None),
    ("no training", None),
    ({"left_out": {"right": 71, "checked": 96}}, None),  # of a training before the labels were counted
])  # fmt: skip
def test_the_conversion_reports_what_the_training_tried(tmp_path, instant, wanted) -> None:
    build, model = tmp_path / "build", tmp_path / "model"
    build.mkdir()
    model.mkdir()
    training = None if instant == "no training" else {"instant": instant}
    (model / "report.json").write_text(json.dumps({"training": training}), encoding="utf-8")
    job = SimpleNamespace(
        project=SimpleNamespace(board="kidbright-mai"), build=build,
        trained=SimpleNamespace(name="resnet18", project_type="IMAGE_CLASSIFICATION"),
    )  # fmt: skip
    outcome = Outcome(Measured(24, 24, 1.0, 24, False), 1.0, 1.0, {"unknown": {"threshold": 6.25}}, ())
    assert write_report(job, outcome, model, {})["unknown"].get("left_out") == wanted
