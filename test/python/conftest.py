from __future__ import annotations

import pytest
from hypothesis import settings
from mai import events

# Hypothesis fails an example that takes over 0.2 s; on a busy machine that says nothing about the code.
settings.register_profile("mai", deadline=None)
settings.load_profile("mai")


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict]:
    """code → its fields, of every notice and error."""
    found: dict[str, dict] = {}

    def note(event: str, **fields: object) -> None:
        if "code" in fields:
            found[str(fields["code"])] = fields

    monkeypatch.setattr(events, "emit", note)
    return found
