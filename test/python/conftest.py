"""Settings and fixtures of all tests: no deadlines for Hypothesis, the notices of a run, one thread."""

from __future__ import annotations

from collections.abc import Iterator

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


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than small layers gain, above all on a busy machine."""
    import torch  # here, as the process that only hands out the tests of `npm test` loads this file too

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
