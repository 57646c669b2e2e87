"""Emit events: one flat JSON object per line on standard output, which holds nothing else.

The list of events and their fields is the contract with the server
(docs/protocol.md § Between server and child, contract/examples).
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from mai.sentences import sentence

HEARTBEAT_S = 10.0

_lock = threading.Lock()
_out: TextIO | None = None
_thread = threading.local()  # `kept`: where its events go instead of standard output

Event = tuple[str, dict[str, Any]]


def claim_stdout() -> None:
    """Keep the real standard output for events and send stray prints to standard error.

    Libraries (the ONNX exporter, pnnx) print; their text must not mix with the events.
    File descriptor 1 is redirected as well, so that C++ code and children cannot write there.
    """
    global _out
    if _out is not None:
        return
    sys.stdout.flush()
    # A lone surrogate (a broken file name) becomes its JSON escape.
    _out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr


def emit(event: str, **fields: Any) -> None:
    """Print one event. Numbers that are not finite become null, as JSON has none."""
    kept: list[Event] | None = getattr(_thread, "kept", None)
    if kept is not None:
        kept.append((event, fields))
        return
    write_line({"event": event, "time": round(time.time(), 3), **fields})


def write_line(fields: dict[str, Any]) -> None:
    """Print one JSON object as a line of its own: an event, or an answer of the inference process."""
    line = json.dumps(finite(fields), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    with _lock:
        out = _out or sys.stdout
        out.write(line + "\n")
        out.flush()


@contextmanager
def collected() -> Iterator[list[Event]]:
    """Keep the events of this thread in a list instead of printing them, for `send`: their time has not come, or they
    were printed when the same work was done before."""
    before: list[Event] | None = getattr(_thread, "kept", None)
    kept: list[Event] = []
    _thread.kept = kept
    try:
        yield kept
    finally:
        _thread.kept = before


def send(events: Iterable[Event]) -> None:
    for event, fields in events:
        emit(event, **fields)


def notice(code: str, **params: Any) -> None:
    """Something worth knowing that stops nothing. `code` and `params` as in MaiError."""
    emit("notice", code=code, msg=sentence(code, params), **params)


def start_heartbeat() -> None:
    """Say every 10 s that the process is alive, so that a long silent step is no hang."""

    def beat() -> None:
        while True:
            time.sleep(HEARTBEAT_S)
            emit("heartbeat")

    threading.Thread(target=beat, daemon=True, name="heartbeat").start()


def finite(value: Any) -> Any:
    """The value with every float that JSON cannot write (NaN, infinities) as None, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value
