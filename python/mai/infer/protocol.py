"""Read requests and write answers as JSON lines. Only end-of-file ends the loop, never a bad request."""

from __future__ import annotations

import json
import math
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from mai import events
from mai.errors import MaiError

MAX_LINE_BYTES = 1 << 20
Asked = TypeVar("Asked")
TYPES = ("classification", "detection", "voice")


@dataclass(frozen=True)
class Request:
    """`threshold`: lowest score of a box (None: the model's own); `board`: ask the board twin too; `heat`: say where
    the trained network looks instead."""

    model: Path
    file: Path
    type: str
    threshold: float | None
    board: bool
    heat: bool = False


def serve(lines: BinaryIO, answer: Callable[[Request], dict[str, Any]]) -> None:
    """Answer every question about a photo or a clip."""
    serve_lines(lines, _request, answer)


def serve_lines(
    lines: BinaryIO, request_of: Callable[[dict[str, Any]], Asked], answer: Callable[[Asked], dict[str, Any]]
) -> None:
    """Answer every line until the input ends. A bad line gets an error with its id, or with null.

    `request_of` raises MaiError for a line that asks for nothing that can be answered.
    """
    while line := lines.readline(MAX_LINE_BYTES):
        if not line.endswith(b"\n") and len(line) == MAX_LINE_BYTES:
            _skip_rest(lines)
            _refuse(None, MaiError("request_invalid", detail=f"it is longer than {MAX_LINE_BYTES} bytes"))
        elif line.strip():
            _answer_line(line, request_of, answer)


def _answer_line(
    line: bytes, request_of: Callable[[dict[str, Any]], Asked], answer: Callable[[Asked], dict[str, Any]]
) -> None:
    number: Any = None
    try:
        raw = _parse(line)
        number = raw.get("id")
        events.write_line({"id": number, "result": answer(request_of(raw))})
    except MaiError as reason:
        _refuse(number, reason)
    except MemoryError:
        _refuse(number, MaiError("out_of_memory", of_file=True))
    except Exception as reason:  # noqa: BLE001 - the process serves others: the bug goes into the log
        traceback.print_exc(file=sys.stderr)
        _refuse(number, MaiError("internal", kind=type(reason).__name__))


def _refuse(number: Any, reason: MaiError) -> None:
    events.write_line({"id": number, "error": {"code": reason.code, "msg": reason.msg}})


def _parse(line: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        raise MaiError("request_invalid", detail="it is not a line of JSON") from None
    if not isinstance(raw, dict):
        raise MaiError("request_invalid", detail="it is not a JSON object")
    return raw


def _request(raw: dict[str, Any]) -> Request:
    kind, threshold = raw.get("type"), raw.get("threshold")
    model, file = path_in(raw, "model"), path_in(raw, "file")
    if kind not in TYPES:
        raise MaiError("request_invalid", detail=f"type is {str(kind)[:80]!r}: use one of {', '.join(TYPES)}")
    if threshold is not None and not _is_fraction(threshold):
        raise MaiError("request_invalid", detail=f"threshold is {str(threshold)[:80]}: it must be a number from 0 to 1")
    return Request(model, file, kind, threshold, raw.get("board") is not False, raw.get("heat") is True)


def path_in(raw: dict[str, Any], key: str) -> Path:
    """Raises MaiError `request_invalid`."""
    value = raw.get(key)
    if not isinstance(value, str) or not value or "\0" in value:
        raise MaiError("request_invalid", detail=f"{key} is {str(value)[:80]!r}: it must be a path")
    return Path(value)


def _is_fraction(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1


def _skip_rest(lines: BinaryIO) -> None:
    while (rest := lines.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
        pass
