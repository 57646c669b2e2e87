"""report.json is JSON that every language reads, whatever a training measured."""

import json
import math

from mai.models.report_file import report_text, write_report_file


def refuse(name):
    raise ValueError(f"{name} is no JSON")


def test_numbers_that_are_not_finite_become_null(tmp_path):
    write_report_file(tmp_path, {"training": {"value": math.nan, "curves": [{"mAP": math.inf}], "แมว": 1.5}})
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=refuse) == {
        "training": {"value": None, "curves": [{"mAP": None}], "แมว": 1.5}
    }
    assert "แมว" in text and text.endswith("}\n") and "\r" not in text


def test_its_order_is_that_of_the_report():
    assert report_text({"b": 1, "a": [1, 2]}) == '{\n  "b": 1,\n  "a": [\n    1,\n    2\n  ]\n}\n'
