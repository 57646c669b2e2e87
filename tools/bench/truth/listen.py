"""What a training in this process tells: its events, kept instead of printed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from mai import events


class Told(list[dict[str, Any]]):
    """Events in their order."""

    def last(self, name: str) -> dict[str, Any]:
        """The newest event of that name. Raises LookupError if there is none."""
        found = [event for event in self if event["event"] == name]
        if not found:
            raise LookupError(f"there was no event {name}")
        return found[-1]

    def notices(self, code: str) -> list[dict[str, Any]]:
        return [event for event in self if event["event"] == "notice" and event["code"] == code]


@contextlib.contextmanager
def listening() -> Iterator[Told]:
    """Within the block `events.emit` adds to the list given and prints nothing."""
    told = Told()

    def emit(event: str, **fields: Any) -> None:
        told.append({"event": event, **fields})

    real, events.emit = events.emit, emit
    try:
        yield told
    finally:
        events.emit = real
