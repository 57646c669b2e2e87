"""Keep the events of a training that runs in this process, instead of printing them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from mai import events


class SentEvents(list[dict[str, Any]]):
    """Events in the order in which they were emitted."""

    def last(self, name: str) -> dict[str, Any]:
        """The newest event of that name. Raises LookupError if there is none."""
        found = [event for event in self if event["event"] == name]
        if not found:
            raise LookupError(f"there was no event {name}")
        return found[-1]

    def notices(self, code: str) -> list[dict[str, Any]]:
        return [event for event in self if event["event"] == "notice" and event["code"] == code]


@contextlib.contextmanager
def listening() -> Iterator[SentEvents]:
    """Within the block, `events.emit` appends to the list that is yielded, and prints nothing."""
    sent = SentEvents()

    def emit(event: str, **fields: Any) -> None:
        sent.append({"event": event, **fields})

    real, events.emit = events.emit, emit
    try:
        yield sent
    finally:
        events.emit = real
