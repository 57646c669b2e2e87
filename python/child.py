"""Wait, with all imports done, for one job on standard input: this is the process that the server starts.

Importing torch takes seconds. A process that has done so before the pupil presses Train
starts at once. Protocol: docs/protocol.md § Between server and child.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import sys

from mai import cli, events, turn
from mai.errors import MaiError

ENTRIES = ("train_image_classification", "train_object_detection", "train_voice_classification", "convert")


def import_entries() -> None:
    """The slow part. What is imported stays to the end: searching it for garbage costs 0.3 s at the exit alone."""
    for entry in ENTRIES:
        importlib.import_module(entry)
    gc.freeze()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto", help="the device that its job will use")
    args = parser.parse_args()
    events.claim_stdout()
    import torch
    from mai.device import choose_device, device_name

    import_entries()
    try:
        events.emit("ready", torch=torch.__version__, device=device_name(choose_device(args.device)))
    except MaiError as error:
        cli.emit_error(error)
        return 1
    try:
        line = sys.stdin.buffer.readline()
    except ConnectionError:  # a socket says so where the server died before it had read everything
        line = b""
    if not line:
        return cli.SERVER_GONE
    job = json.loads(line)
    if job["entry"] not in ENTRIES:
        cli.emit_error(MaiError("internal", kind=f"there is no entry {job['entry']!r}"))
        return 1
    cli.follow_stdin(turn.read_request)
    return cli.run_entry(sys.modules[job["entry"]].run, job["args"])


if __name__ == "__main__":
    sys.exit(main())
