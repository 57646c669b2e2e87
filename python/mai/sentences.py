"""Make the English sentence of an event, error or notice from contract/messages/. (The server makes the Thai one.)

A template is text with `{name}` (a parameter), `{name:format}` and `[[…]]`, a part that is left out if a parameter in
it is missing or empty. Formats: `duration` (seconds), `name` (the readable name of a contract term), `count` (how
many), `if` (prints nothing, but decides whether its optional part stays). `one` is the English template where `count`
is 1. src/messages/ has the same rules; the lines in contract/examples/ test both.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

MESSAGES = Path(__file__).resolve().parents[2] / "contract" / "messages"
TOKEN = re.compile(r"\[\[(?P<optional>.*?)\]\]|\{(?P<name>[A-Za-z_]\w*)(?::(?P<format>[a-z]+))?\}", re.DOTALL)
MOST_ITEMS = 12  # of a list


def sentence(key: str, params: Mapping[str, Any]) -> str:
    """The sentence of a code or an event; the key itself where a value is missing that the sentence needs."""
    template = _templates().get(key)
    if params.get("count") == 1:
        template = _singulars().get(key, template)
    return key if template is None else _fill(template, params, key) or key


@functools.cache
def _templates() -> Mapping[str, str]:
    return {key: texts["en"] for key, texts in _texts().items()}


@functools.cache
def _singulars() -> Mapping[str, str]:
    """Where `count` is 1: "1 photo is", not "1 photos are"."""
    return {key: texts["one"] for key, texts in _texts().items() if "one" in texts}


def _texts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in sorted(MESSAGES.glob("*.json")):
        for key, texts in json.loads(file.read_text(encoding="utf-8")).items():
            found.setdefault(key, texts)
    if not found:
        raise FileNotFoundError(f"there are no sentences in {MESSAGES}")
    return found


def _fill(template: str, params: Mapping[str, Any], key: str, is_optional: bool = False) -> str | None:
    """None where a parameter is missing."""
    text, done = "", 0
    for token in TOKEN.finditer(template):
        text += template[done : token.start()]
        done = token.end()
        if token["optional"] is not None:
            text += _fill(token["optional"], params, key, True) or ""
            continue
        value = params.get(token["name"])
        said = None if is_optional and _is_empty(value, token["format"]) else _say(value, token, key)
        if said is None:
            return None
        text += said
    return text + template[done:]


def _is_empty(value: Any, how: str | None) -> bool:
    """An empty text, or a duration that would be said as "0 s"."""
    return value == "" or (how == "duration" and _is_number(value) and value < 0.5)


def _say(value: Any, token: re.Match[str], key: str) -> str | None:
    how = token["format"]
    if value is None:
        return None
    if how == "if":
        return None if value is False else ""
    if _is_number(value):
        return duration(value) if how == "duration" else number(value)
    if isinstance(value, str):
        return _templates().get(f"{token['name']}.{value}", value) if how == "name" else value
    if isinstance(value, bool) or not isinstance(value, Iterable):
        return _plain(value)
    items = list(value)
    if not items:
        return None
    return str(len(items)) if how == "count" else _list(items, f"{key}.{token['name']}")


def _list(items: Sequence[Any], key: str) -> str:
    template = _templates().get(key, "")
    texts = [_item(template, item, key) for item in items]
    more = len(texts) - MOST_ITEMS
    shown = ", ".join(texts[:MOST_ITEMS])
    return f"{shown} and {more} more" if more > 0 else shown


def _item(template: str, item: Any, key: str) -> str:
    if isinstance(item, Mapping):
        return _fill(template, item, key) or _json(item)
    return _json(item) if isinstance(item, (list, tuple)) else _plain(item)


def _plain(value: Any) -> str:
    """As JavaScript's String() has it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return number(value) if _is_number(value) else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(value: float) -> str:
    """Whole numbers as they are, others to three figures at most."""
    if not math.isfinite(value):
        return "?"
    if float(value).is_integer():
        return str(int(value))
    exact = Decimal(value)
    last = Decimal(1).scaleb(0 if abs(value) >= 100 else exact.adjusted() - 2)
    rounded = exact.quantize(last, ROUND_HALF_UP).normalize()
    if abs(value) < 1e-6:
        return f"{rounded.scaleb(-rounded.adjusted()).normalize():f}e{rounded.adjusted()}"
    return f"{rounded:f}"


def duration(seconds: float) -> str:
    """8 s, 3 min, 1 h 20 min; below ten seconds a tenth counts."""
    if not math.isfinite(seconds):
        return "?"
    if seconds < 10:
        return f"{number(math.floor(seconds * 10 + 0.5) / 10)} s"
    if seconds < 90:
        return f"{math.floor(seconds + 0.5)} s"
    minutes = math.floor(seconds / 60 + 0.5)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
