"""What is said of a model that answers worse on the board."""

from __future__ import annotations

import json

import pytest
from conversion_report import report
from mai.convert.job import Outcome
from mai.convert.judge import likely_cause, notify_if_worse
from mai.quality.accuracy import Measured


def same(share: float) -> Measured:
    return Measured(round(100 * share), 100, share, 100, False)


class TestJudgement:
    def said(self, capsys) -> list[dict]:
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_is_silent_about_a_good_model(self, capsys) -> None:
        notify_if_worse(Outcome(same(0.96), 0.95, 0.94, {}, ()), report())
        assert self.said(capsys) == []

    @pytest.mark.parametrize(
        "outcome",
        [
            Outcome(same(0.9), 0.95, 0.95, {}, ()),
            Outcome(same(1.0), 0.95, 0.92, {}, ()),
        ],
    )
    def test_warns_with_the_figures(self, outcome: Outcome, capsys) -> None:
        notify_if_worse(outcome, report())
        (notice,) = self.said(capsys)
        assert notice["event"] == "notice" and notice["code"] == "convert_low_rounding"
        assert "90 %" in notice["msg"] and "95 %" in notice["msg"]

    def test_finds_the_likely_cause(self) -> None:
        unsure = [{"float": {"prediction": "a", "prob": 0.55}}, {"float": {"prediction": "a", "prob": 0.6}}]
        assert likely_cause(report(changed=unsure))[0] == "close_calls"
        assert likely_cause(report(calibration={"samples": ["x"]}))[0] == "few_photos"
        bad = {"layer": "conv_3", "type": "Convolution", "cosine": 0.8}
        assert likely_cause(report(worst_layers=[bad])) == ("coarse_layer", {"layer": "conv_3", "type": "Convolution"})
