"""MaiError, the exception whose message is written for people."""

from __future__ import annotations

from typing import Any

from mai.sentences import sentence


class MaiError(Exception):
    """Something the user can act on: becomes the one `error` event of a job.

    `code` is stable and names the sentence in contract/messages/; `params` are the values in it, flat,
    JSON-serialisable, and never named like a field of every event. `msg` is the sentence in English.
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        self.msg = sentence(code, params)
        super().__init__(self.msg)
