"""The one exception that a person is meant to read."""

from __future__ import annotations

from typing import Any


class MaiError(Exception):
    """Something the user can act on: becomes the one `error` event of a job.

    `code` is stable and names the sentence in the server's catalogue; `msg` is that
    sentence in English (the value, the limit, what to do); `params` are the values
    in it, flat, JSON-serialisable, and never named like a field of every event.
    """

    def __init__(self, code: str, msg: str, **params: Any) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg
        self.params = params
