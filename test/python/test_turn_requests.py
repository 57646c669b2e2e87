"""The request to leave a turn: a line of standard input, answered by an event."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mai import events, turn

PYTHON = Path(__file__).resolve().parents[2] / "python"

CHILD = """
import sys, time
from mai import cli, turn
def entry(argv):
    cli.follow_stdin(turn.read_request)
    print(sys.stdin is not None, file=sys.stderr, flush=True)
    while not turn.is_asked_for():
        time.sleep(0.01)
    turn.leave(epoch=2, max_epoch=5, since_best=1)
sys.exit(cli.run_entry(entry, []))
"""


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([b'{"yie', b'ld": true}\n'], 0),
        ([b'noise\n{"yield": false}\n[]\n"x"\n' + b"y" * 200_000 + b'\n{"other": 1}\n{"yield": true}\n'], 0),
        ([b'{"yield": false}\n{"yield": 1}\n'], 143),
        ([b'{"yield": true}'], 143),
    ],
    ids=["in two pieces", "behind noise", "not asked", "half a line"],
)
def test_the_request_is_a_line_of_standard_input_whose_end_still_ends_the_process(lines, code):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], cwd=PYTHON, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    child.stderr.readline()  # it watches
    for line in lines:
        child.stdin.write(line)
        child.stdin.flush()
        time.sleep(0.2)  # two reads
    if code == 0:
        out = child.stdout.read()  # its end comes by itself
        assert child.wait(30) == 0
        sent = [json.loads(line) for line in out.splitlines()]
        assert [(e["event"], e["epoch"], e["max_epoch"], e["since_best"]) for e in sent] == [("yielded", 2, 5, 1)]
        child.stdin.close()
    else:
        child.stdin.close()
        assert child.wait(30) == code and child.stdout.read() == b""
    child.stdout.close()
    child.stderr.close()


def test_events_are_sent_by_emit(monkeypatch):
    """What `leave` says goes the way of every event."""
    said = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: said.append((event, fields)))
    with pytest.raises(turn.TurnOver):
        turn.leave(epoch=1, max_epoch=2, since_best=0)
    assert said == [("yielded", {"epoch": 1, "max_epoch": 2, "since_best": 0})]
