"""Give first answers to the photo projects of a class, as a process that stays: JSON lines in and out.

Each line is `{"id": text, "classroom": text, "args": [...]}` with the arguments of
train_image_classification.py, and perhaps `next`, a list of such requests that will probably follow:
their photos are read meanwhile. The answer is the events of that project and then `{"answered": id}`, with
`error` (code, msg) where its training would fail with it too, and with `failed` where only this
process could not do it (docs/protocol.md).
"""

from __future__ import annotations

import argparse
import json
import queue
import sys
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

from mai import cli, events
from mai.errors import MaiError

if TYPE_CHECKING:
    from mai.train.classification.first_answers import FirstAnswers, Request


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: all)")
    args = parser.parse_args()
    events.claim_stdout()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    cli.follow_stdin(lines.put)
    events.start_heartbeat()
    import torch
    from mai.device import choose_device, device_name
    from mai.train.classification.first_answers import FirstAnswers

    try:
        answers = FirstAnswers(args.device, args.threads)
    except MaiError as error:
        cli.emit_error(error)
        return 1
    events.emit("ready", torch=torch.__version__, device=device_name(choose_device(args.device)))
    while True:
        _serve(answers, json.loads(lines.get()))


def _serve(answers: FirstAnswers, line: dict[str, Any]) -> None:
    done: dict[str, Any] = {"answered": line["id"]}
    try:
        answers.give(_request(line), [_request(one) for one in line.get("next", [])])
    except MaiError as error:
        done["error"] = {"code": error.code, "msg": error.msg, **error.params}
    except Exception as error:  # noqa: BLE001 - the process serves others: the bug goes into the log
        traceback.print_exc(file=sys.stderr)
        done["failed"] = type(error).__name__
    events.write_line(done)


def _request(line: dict[str, Any]) -> Request:
    from mai.train.classification.first_answers import Request
    from mai.train.plan.arguments import parse_plan

    return Request(line["id"], line["classroom"], partial(parse_plan, "first answer", line["args"]))


if __name__ == "__main__":
    sys.exit(main())
