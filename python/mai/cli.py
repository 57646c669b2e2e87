"""What all entry points share: run a job, end when the server is gone, and report errors with an exit code."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence

from mai import events, turn
from mai.errors import MaiError
from mai.out_of_memory import is_out_of_memory

SERVER_GONE = 143  # as if by SIGTERM: the server that owns this process is no more
LONGEST_REQUEST = 65536  # bytes; a longer line is none

Entry = Callable[[Sequence[str]], None]


def run_entry(entry: Entry, argv: Sequence[str]) -> int:
    """Run an entry; a failure becomes one `error` event and exit code 1.

    What is not a MaiError is a bug or a broken machine: its traceback goes to
    standard error, and the event says no more than its kind.
    """
    events.claim_stdout()
    events.start_heartbeat()
    try:
        entry(argv)
        return 0
    except turn.TurnOver:
        return 0
    except MaiError as error:
        emit_error(error)
    except Exception as error:  # noqa: BLE001 - the process boundary: whatever is left must become an event
        traceback.print_exc()
        if is_out_of_memory(error):
            emit_error(MaiError("out_of_memory"))
        elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            emit_error(MaiError("disk_full"))
        else:
            emit_error(MaiError("internal", kind=type(error).__name__))
    return 1


def emit_error(error: MaiError) -> None:
    """The last event of a job that failed."""
    events.emit("error", code=error.code, msg=error.msg, **error.params)


def main(entry: Entry) -> None:
    """The body of an entry script started by hand."""
    sys.exit(run_entry(entry, sys.argv[1:]))


def follow_stdin(on_line: Callable[[bytes], object] = lambda line: None) -> None:
    """Hand over each line of standard input, and exit at once when it ends: the server is gone.

    `on_line` is called in a thread of its own.
    """

    def follow() -> None:
        rest = b""
        # Not sys.stdin: the interpreter aborts at its end when a thread still holds its buffer.
        with contextlib.suppress(ConnectionError):  # a socket's other way to say that its other end is gone
            while chunk := os.read(0, LONGEST_REQUEST):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    on_line(line)
                rest = rest[:LONGEST_REQUEST]
        os._exit(SERVER_GONE)

    threading.Thread(target=follow, daemon=True, name="life-line").start()
