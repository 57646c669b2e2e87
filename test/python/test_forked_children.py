"""How children begin and end that are forked, each with code of its own instead of the real imports."""

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest
from fork_server import DEADLINE_S, PYTHON, Server

PARENT_OF_SMALL_CHILDREN = f"""
import atexit, gc, json, os, signal, subprocess, sys, threading, time
sys.path.append({str(PYTHON)!r})
import numpy.random
from mai import forking

def child():
    exec(sys.argv[1])
    return 3

def say(*values):
    print(json.dumps(values), flush=True)

channel = forking.claim_channel()
print("of an import")
os.write(2, repr(sys.stdin.read()).encode())
# what the test has it do first
os.environ["OF_THE_PARENT"] = "1"
sys.exit(forking.serve(channel, sys.argv[2], {{"child": child}}))
"""


def start_small(folder, first=""):
    """A process that imports next to nothing and runs `first`; its children run the code that they are given."""
    script = folder / "parent.py"
    script.write_text(PARENT_OF_SMALL_CHILDREN.replace("# what the test has it do first", first))
    return Server(script)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    server = start_small(tmp_path_factory.mktemp("small"))
    yield server
    server.close()


def said_by(server, code, **asked):
    """What a child says that runs this code, on both streams, and how it ends."""
    _, streams = server.fork(code=code, **asked)
    end = server.report()
    return streams["stdout"].read().decode(), streams["stderr"].read().decode(), (end["code"], end["signal"])


def test_children_have_the_environment_they_were_asked_for_and_random_numbers_of_their_own(small):
    code = "say(dict(os.environ), numpy.random.random())"
    (environment, number), (_, other) = (json.loads(said_by(small, code, ASKED="for")[0]) for _ in range(2))
    assert environment == {**small.env, "ASKED": "for"}
    assert number != other


def test_a_child_has_a_name_arguments_signals_and_files_of_its_own(small):
    code = """
files = sorted(int(name) for name in os.listdir("/proc/self/fd"))
ids = {os.getpid(), os.getsid(0), os.getpgid(0)}
say(sys.argv[0], sys.argv[2:], open("/proc/self/comm").read(), files[:3], len(files), len(ids))
say(signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL, signal.set_wakeup_fd(-1), gc.get_freeze_count() > 1000)
"""
    first, second = said_by(small, code)[0].splitlines()
    # the last of its files is the listing's own
    assert json.loads(first) == ["child", ["--device", "cpu"], "child\n", [0, 1, 2], 4, 1]
    assert json.loads(second) == [True, -1, True]


@pytest.mark.parametrize(("of_parent", "asked", "has"), [(0, 5, 5), (7, 5, 7), (7, 10, 10)])
def test_a_child_has_the_nice_value_asked_for_but_never_less_than_the_process_that_forks(
    of_parent, asked, has, tmp_path
):
    """A system that starts the server with a nice value has its reasons, and only root may go below it."""
    server = start_small(tmp_path, f"os.nice({of_parent})")
    text, _, _ = said_by(server, "say(os.getpriority(os.PRIO_PROCESS, 0))", niceness=asked)
    server.close()
    assert json.loads(text) == [has]


def test_a_child_takes_apart_only_what_it_has_made_itself(tmp_path):
    made = "import weakref; weakref.finalize(server := type('Of', (), dict())(), print, {!r})"
    server = start_small(tmp_path, made.format("of the parent"))
    text, complained, _ = said_by(server, made.format("its own"))
    server.close()
    assert (text, complained) == ("its own\n", "")


@pytest.mark.parametrize(
    ("code", "out", "err", "end"),
    [
        ("pass", "", "", (3, None)),
        ("sys.exit()", "", "", (0, None)),
        ("sys.exit(5)", "", "", (5, None)),
        ("sys.exit('why')", "", "why\n", (1, None)),
        ("1 / 0", "", "ZeroDivisionError: division by zero\n", (1, None)),
        ("raise KeyboardInterrupt", "", "KeyboardInterrupt\n", (1, None)),
        ("os.kill(os.getpid(), 9)", "", "", (None, "SIGKILL")),
        ("print('kept back', end=''); print('too', end='', file=sys.stderr)", "kept back", "too", (3, None)),
        ("atexit.register(print, 'at the end')", "at the end\n", "", (3, None)),
        ("threading.Timer(0.3, print, ['a thread']).start()", "a thread\n", "", (3, None)),
    ],
)
def test_a_child_ends_as_the_interpreter_does(code, out, err, end, small):
    said, complained, ended = said_by(small, code)
    assert (said, ended) == (out, end)
    assert complained.endswith(err) and bool(complained) == bool(err)


def test_the_end_of_one_child_is_reported_while_an_older_one_lives(small):
    older, _ = small.fork(code="time.sleep(60)")
    younger, _ = small.fork(code="pass")
    assert small.report() == {"exited": younger, "code": 3, "signal": None}
    os.kill(older, signal.SIGKILL)
    assert small.report() == {"exited": older, "code": None, "signal": "SIGKILL"}


@pytest.mark.parametrize("ending", [b"", b"\n"], ids=["the server is gone", "an empty line"])
def test_at_its_end_it_ends_its_children_with_all_that_they_started(ending, tmp_path):
    server = start_small(tmp_path)
    started = "program = subprocess.Popen(['sleep', '60']); say(program.pid); time.sleep(60)"
    pid, streams = server.fork(code=started)
    (program,) = json.loads(streams["stdout"].readline())
    if ending:
        server.process.stdin.write(ending)
        server.process.stdin.flush()
    else:
        server.process.stdin.close()
    assert server.process.wait(DEADLINE_S) == 0
    assert not is_alive(pid) and not is_alive(program)


def is_alive(pid):
    try:
        return not re.search(r"^State:\s*Z", Path(f"/proc/{pid}/status").read_text(), re.M)
    except FileNotFoundError:
        return False


def test_a_request_may_come_in_two_pieces(small):
    request = small.request(code="say(1)")
    small.process.stdin.write(request[:20])
    small.process.stdin.flush()
    time.sleep(0.2)  # two reads
    small.process.stdin.write(request[20:])
    small.process.stdin.flush()
    assert small.accept()["stdout"].read() == b"[1]\n"
    assert small.report()["forked"] == "t"
    assert small.report()["code"] == 3


def test_where_the_server_takes_no_streams_the_request_fails_with_the_reason(tmp_path):
    server = start_small(tmp_path)
    server.listener.close()
    server.process.stdin.write(server.request(code="pass"))
    server.process.stdin.flush()
    assert server.report() == {"failed": "t", "reason": "[Errno 111] Connection refused"}
    server.close()


def test_a_child_is_reported_once_it_leads_its_group(tmp_path):
    """Before that, a signal to its group would not reach it."""
    server = start_small(tmp_path, "real = os.setsid; os.setsid = lambda: (time.sleep(0.5), real())")
    pid, _ = server.fork(code="time.sleep(60)")
    assert os.getpgid(pid) == pid
    server.close()
