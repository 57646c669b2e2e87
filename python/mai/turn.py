"""A training's turn: the server asks it to let others have theirs, and it leaves at the end of an epoch.

It goes on later, in another process, from its checkpoint. The request is kept for the whole process, as
a process runs one job.
"""

from __future__ import annotations

import json
import threading
from typing import NoReturn

from mai import events

USABLE_PERCENT = 90.0
"""From this `val_acc` on a pupil can use a model, and the server lets others come first (src/jobs/domain/turns.ts)."""
# A training that has its first such model waits so long for the server's line: the next epoch may take seconds.
_ANSWER_S = 0.05

_asked = threading.Event()


class TurnOver(Exception):
    """No error: the training leaves its turn to others, and the process ends with exit code 0."""


def read_request(line: bytes) -> None:
    """Note a request of the server; `line` is one line of standard input. What is no request is ignored."""
    try:
        request = json.loads(line)
    except ValueError:
        return
    if isinstance(request, dict) and request.get("yield") is True:
        _asked.set()


def is_asked_for() -> bool:
    """Whether others wait for this training's turn to end."""
    return _asked.is_set()


def wait_for_request() -> None:
    """Wait a moment for a request that what was just said may bring about."""
    _asked.wait(_ANSWER_S)


def leave(*, epoch: int, max_epoch: int, since_best: int) -> NoReturn:
    """Say that the training goes on later, and raise TurnOver.

    `epoch` is the last one done, counted like those of `epoch_end`; `since_best` are the epochs since the best one.
    """
    events.emit("yielded", epoch=epoch, max_epoch=max_epoch, since_best=since_best)
    raise TurnOver
