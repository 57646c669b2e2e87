"""Every code that a training can send has a sentence in both languages and an example line in the contract."""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRAINING = [ROOT / "python/mai" / part for part in ("config.py", "device.py", "data", "models", "train")]
SENDERS = {"MaiError", "notice", "PhotoError"}


def codes_sent():
    """First arguments of MaiError(…), events.notice(…) and PhotoError(…) that are written as plain strings."""
    files = [file for part in TRAINING for file in ([part] if part.suffix else sorted(part.rglob("*.py")))]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            code = node.args[0]
            if name in SENDERS and isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value, f"{file.relative_to(ROOT)}:{node.lineno}"


CODES = dict(sorted(codes_sent()))


@pytest.fixture(scope="module")
def sentences():
    files = sorted((ROOT / "contract/messages").glob("*.json"))
    return {code: texts for file in files for code, texts in json.loads(file.read_text(encoding="utf-8")).items()}


@pytest.fixture(scope="module")
def examples():
    files = sorted((ROOT / "contract/examples/valid").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {json.loads(line).get("code") for line in lines}


@pytest.mark.parametrize("code", CODES)
def test_code_has_sentences_and_an_example(code, sentences, examples):
    where = CODES[code]
    assert {"en", "th"} <= sentences.get(code, {}).keys(), f"{code} ({where}) has no sentence in contract/messages"
    assert code in examples, f"{code} ({where}) has no line in contract/examples/valid"


def test_the_search_finds_codes():
    assert {"too_few_samples", "photos_unreadable", "network_substituted"} <= CODES.keys()
