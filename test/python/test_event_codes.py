"""Every code that Python can send has a sentence whose values it gives, and an example line in the contract."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from mai import sentences
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
FIGURES = json.loads((ROOT / "contract/examples/figures.json").read_text(encoding="utf-8"))
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


@pytest.mark.parametrize(("value", "text"), FIGURES["numbers"])
def test_numbers_are_written_as_the_server_writes_them(value, text):
    assert number(value) == text


@pytest.mark.parametrize(("seconds", "text"), FIGURES["durations"])
def test_durations_are_written_as_the_server_writes_them(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("items", "text"), FIGURES["lists"])
def test_lists_are_written_as_the_server_writes_them(items, text, monkeypatch):
    monkeypatch.setattr(sentences, "_templates", lambda: {"x": "{items}"})
    assert sentence("x", {"items": items}) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_no_fault(value):
    assert number(value) == duration(value) == "?"
    assert "?" in MaiError("loss_not_finite", epoch=value).msg


def test_any_value_can_stand_in_a_sentence():
    assert "a/b" in MaiError("onnx_missing", file=Path("a/b")).msg


def test_without_its_sentences_it_does_not_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(sentences, "MESSAGES", tmp_path)
    sentences._templates.cache_clear()
    with pytest.raises(FileNotFoundError, match="no sentences"):
        sentence("disk_full", {})
    sentences._templates.cache_clear()


def test_what_decides_over_a_part_of_a_sentence_is_given_somewhere():
    for code, *_ in CALLS:
        wanted = set(re.findall(r"\{(\w+):if\}", SENTENCES[code]["en"]))
        given = set().union(*(call[1] or set() for call in CALLS if call[0] == code))
        assert wanted <= given, f"{code}: nothing gives {wanted - given}"
