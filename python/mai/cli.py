"""What every entry shares: arguments, the life line to the server, and how it ends."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from mai import events
from mai.errors import MaiError
from mai.out_of_memory import is_out_of_memory

SERVER_GONE = 143  # as if by SIGTERM: the server that owns this process is no more

Entry = Callable[[Sequence[str]], None]


def train_parser(description: str) -> argparse.ArgumentParser:
    """The arguments of every training entry (docs/protocol.md § Between server and child)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--project", type=Path, required=True, help="folder with project.json and dataset/")
    parser.add_argument("--output", type=Path, help="where the model goes (default: PROJECT/output)")
    parser.add_argument("--checkpoints", type=Path, help="default: PROJECT/checkpoints")
    parser.add_argument("--cache", type=Path, help="image features by content hash (default: PROJECT/cache)")
    parser.add_argument("--instant", type=Path, help="where the quick first model goes (default: PROJECT/instant)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint if there is one")
    parser.add_argument("--logged-epoch", type=int, help="with --resume: epochs after this one are told again")
    parser.add_argument("--weights-dir", type=Path, help="folder of pretrained weight files")
    parser.add_argument("--missing-weights", choices=("substitute", "random", "fail"), default="substitute")
    return parser


def parse_train_args(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    """Parse, and fill the folders that were not named."""
    args = parser.parse_args(argv)
    for name in ("output", "checkpoints", "cache", "instant"):
        if getattr(args, name) is None:
            setattr(args, name, args.project / name)
    return args


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


def watch_stdin() -> None:
    """Exit at once when standard input ends: the server that holds its other end is gone."""

    def watch() -> None:
        # Not sys.stdin: the interpreter aborts at its end when a thread still holds its buffer.
        while os.read(0, 4096):
            pass
        os._exit(SERVER_GONE)

    threading.Thread(target=watch, daemon=True, name="life-line").start()
