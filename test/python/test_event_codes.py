"""Every code that Python can send has a sentence whose values it gives, and an example line in the contract."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from mai.errors import MaiError
from mai.sentences import MESSAGES, duration, number, sentence

ROOT = Path(__file__).resolve().parents[2]
# the name of a call → which of its arguments is the code
SENDERS = {"MaiError": 0, "notice": 0, "mistake": 1, "add": 0, "PhotoError": 0, "ClipError": 0}
GIVEN = {"mistake": {"line"}, "add": {"count", "names"}}
OF_REQUESTS = {"PhotoError", "ClipError"}  # made into codes of their own
EXAMPLES = [
    json.loads(line)
    for file in sorted((ROOT / "contract/examples/valid").glob("*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]
SENTENCES = {
    code: texts
    for file in sorted(MESSAGES.glob("*.json"))
    for code, texts in json.loads(file.read_text(encoding="utf-8")).items()
}
OPTIONAL = re.compile(r"\[\[.*?\]\]", re.DOTALL)
PARAMETER = re.compile(r"\{([A-Za-z_]\w*)")


def calls():
    """(code, parameters or None where they are not written out, place) of the calls whose code is a plain string."""
    for file in sorted((ROOT / "python/mai").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            at = SENDERS.get(name)
            if at is None or len(node.args) <= at or name in OF_REQUESTS:
                continue
            code = node.args[at]
            if not (isinstance(code, ast.Constant) and isinstance(code.value, str)):
                continue
            if name == "add" and code.value not in SENTENCES:
                continue  # of a set
            given = {keyword.arg for keyword in node.keywords} | GIVEN.get(name, set())
            yield code.value, None if None in given else given, f"{file.relative_to(ROOT)}:{node.lineno}"


CALLS = sorted(calls(), key=lambda call: (call[0], call[2]))


@pytest.mark.parametrize("code", dict.fromkeys(code for code, *_ in CALLS))
def test_code_has_a_sentence_in_both_languages_and_its_values(code):
    assert {"en", "th"} <= SENTENCES.get(code, {}).keys(), f"{code} has no sentence in contract/messages"
    for language in ("en", "th"):
        needed = set(PARAMETER.findall(OPTIONAL.sub("", SENTENCES[code][language])))
        for _, given, where in (call for call in CALLS if call[0] == code):
            assert given is None or needed <= given, f"{where} gives {code} no {needed - given}"


def test_every_code_of_a_job_has_an_example():
    answers = set(json.loads((MESSAGES / "inference.json").read_text(encoding="utf-8")))
    by_hand = {code for code in SENTENCES if code.startswith("onnx_")}
    shown = {line.get("code") for line in EXAMPLES}
    assert {code for code, *_ in CALLS} - shown - answers - by_hand == set()


def test_the_search_finds_codes():
    found = {code for code, *_ in CALLS}
    assert {"too_few_samples", "photos_unreadable", "network_substituted", "boxes_clamped"} <= found


def test_the_examples_hold_the_sentences_as_python_makes_them():
    lines = [line for line in EXAMPLES if "msg" in line]
    assert len(lines) > 80
    for line in lines:
        assert sentence(line["code"], line) == line["msg"]


def test_an_error_has_its_sentence():
    error = MaiError("disk_full")
    assert str(error) == error.msg == sentence(error.code, error.params)
    assert MaiError("no_such_code", value=1).msg == "no_such_code"
    assert sentence("too_few_samples", {}) == "too_few_samples"  # a value is missing


@pytest.mark.parametrize(("value", "said"), [
    (3, "3"), (3.0, "3"), (0.125, "0.125"), (99.96, "100"), (123.5, "124"), (0.0001234, "0.000123"), (1e-5, "0.00001"),
    (float("nan"), "?"), (-0.5, "-0.5"), (2_000_000, "2000000"),
])  # fmt: skip
def test_numbers_are_said_as_the_server_says_them(value, said):
    assert number(value) == said


@pytest.mark.parametrize(("seconds", "said"), [
    (0.04, "0 s"), (1.25, "1.3 s"), (9.96, "10 s"), (89.4, "89 s"), (89.6, "90 s"), (90, "2 min"), (5400, "1 h 30 min"),
    (7200, "2 h"),
])  # fmt: skip
def test_durations_are_said_as_the_server_says_them(seconds, said):
    assert duration(seconds) == said
