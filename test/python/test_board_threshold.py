"""The score threshold that a pupil has to set in the block, and what README.txt says of scores."""

from __future__ import annotations

import json

import numpy as np
import pytest
from mai.convert.judge import notify_if_usual_threshold_hides
from mai.convert.readme_text import readme
from mai.detect.detections import Detections, Truth
from mai.detect.threshold import right_boxes

BOX = [10.0, 10.0, 50.0, 50.0]
ELSEWHERE = [100.0, 100.0, 140.0, 140.0]


def found(*scores_and_boxes: tuple[float, list[float]]) -> Detections:
    scores, boxes = zip(*scores_and_boxes, strict=True)
    floats = np.array(scores, np.float32)
    return Detections(np.array(boxes, np.float32), floats, np.zeros(len(scores), np.int64), objectness=floats)


def drawn() -> Truth:
    return Truth(boxes=np.array([BOX], np.float32), classes=np.zeros(1, np.int64))


def test_only_right_boxes_with_the_score_count() -> None:
    photos = [found((0.3, BOX)), found((0.6, BOX), (0.9, ELSEWHERE)), found((0.2, BOX)), found((0.8, ELSEWHERE))]
    truths = [drawn() for _ in photos]
    assert [right_boxes(photos, truths, threshold, 0.5) for threshold in (0.1, 0.25, 0.5, 0.7)] == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("at_chosen", "at_usual", "is_sent"), [(12, 5, True), (12, 6, False), (12, 0, True), (0, 0, False), (1, 0, True)]
)
def test_a_notice_where_the_usual_threshold_finds_less_than_half(at_chosen, at_usual, is_sent, capsys) -> None:
    report = {"threshold": 0.2, "boxes_found": at_chosen, "boxes_found_at_usual_threshold": at_usual}
    notify_if_usual_threshold_hides(report)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == int(is_sent)
    if is_sent:
        notice = json.loads(lines[0])
        assert notice["code"] == "convert_threshold"
        assert (notice["threshold"], notice["found_at_usual"], notice["found"]) == (0.2, at_usual, at_chosen)


def test_nothing_is_said_of_networks_without_boxes(capsys) -> None:
    notify_if_usual_threshold_hides({})
    assert capsys.readouterr().out == ""


def report_of(kind: str, **more: object) -> dict:
    return {
        "board": "kidbright-mai", "project_type": kind, "model": "resnet18", "held_back": {"used": 24},
        "accuracy_float": 100.0, "accuracy_board": 100.0, "measure": "accuracy", "agreement": 100.0,
        "compared": {"same": 24, "compared": 24, "expect_least": 86, "expect_most": 100}, **more,
    }  # fmt: skip


def test_readme_says_what_the_number_on_the_board_is() -> None:
    text = readme(["model_int8.bin"], report_of("IMAGE_CLASSIFICATION"))
    english, thai = text.split("-" * 60)
    assert "not a percentage" in english and "Softmax" in english
    assert "ไม่ใช่เปอร์เซ็นต์" in thai and "Softmax" in thai
    for kind in ("OBJECT_DETECTION", "VOICE_CLASSIFICATION"):
        assert "not a percentage" not in readme(["model"], report_of(kind))


@pytest.mark.parametrize("threshold", [0.187, 0.5, 0.75])
def test_readme_says_what_a_score_is_and_names_the_threshold(threshold: float) -> None:
    english, thai = readme(["model_int8.bin"], report_of("OBJECT_DETECTION", threshold=threshold)).split("-" * 60)
    assert f"Set it to {threshold:g}" in english and f"{threshold:g}" in thai
    assert "from 0 to 1" in english and "0 ถึง 1" in thai
    assert "0.5 may hide" not in english  # untrue of a threshold above 0.5
