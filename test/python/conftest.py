from __future__ import annotations

import pytest
from mai import events


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict]:
    """code → its fields, of every notice and error."""
    found: dict[str, dict] = {}

    def note(event: str, **fields: object) -> None:
        if "code" in fields:
            found[str(fields["code"])] = fields

    monkeypatch.setattr(events, "emit", note)
    return found
