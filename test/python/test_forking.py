"""The process that forks children: what it must not have, and what a child gets. With the real imports."""

import errno
import json
import os
import re
import signal
import socket
from pathlib import Path

import pytest
from fork_server import THREADS, Server
from mai import forking


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.close()


def threads_of(pid):
    return int(re.search(r"^Threads:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def descriptors_of(pid):
    return sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))


def wait_for_ready(streams):
    event = json.loads(streams["stdout"].readline())
    assert event["event"] == "ready"
    return event


def test_the_parent_has_one_thread_after_all_its_imports(server):
    assert server.ready == {"ready": ["child"]}
    assert threads_of(server.process.pid) == 1


def test_a_child_has_a_session_streams_and_nothing_of_the_parent(server):
    pid, streams = server.fork()
    wait_for_ready(streams)
    assert os.getsid(pid) == os.getpgid(pid) == pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == 10
    assert descriptors_of(pid)[:3] == [0, 1, 2]
    # the one that it has itself made for its events
    assert len(descriptors_of(pid)) == 4
    assert threads_of(pid) == int(THREADS), "numpy's, as many as the environment of the child says"
    os.killpg(pid, signal.SIGTERM)
    assert server.report() == {"exited": pid, "code": None, "signal": "SIGTERM"}


def test_a_child_ends_when_its_standard_input_does(server):
    pid, streams = server.fork()
    wait_for_ready(streams)
    streams["stdin"].close()
    streams["stdout"].close()
    assert server.report()["exited"] == pid
    assert streams["stderr"].read() == b""


def test_a_job_that_fails_ends_with_its_event_and_exit_code(server, tmp_path):
    pid, streams = server.fork()
    wait_for_ready(streams)
    job = {"entry": "convert", "args": ["--project", str(tmp_path), "--model", str(tmp_path), "--output", "x"]}
    streams["stdin"].write(json.dumps(job).encode() + b"\n")
    streams["stdin"].flush()
    assert json.loads(streams["stdout"].readline())["event"] == "error"
    assert server.report() == {"exited": pid, "code": 1, "signal": None}
    assert server.process.poll() is None


def test_many_children_leave_no_zombie_and_no_descriptor(server):
    before = descriptors_of(server.process.pid)
    for _ in range(200):
        pid, streams = server.fork()
        os.kill(pid, signal.SIGKILL)
        assert server.report()["exited"] == pid
        for stream in streams.values():
            stream.close()
    assert descriptors_of(server.process.pid) == before
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    assert children == ""


def test_a_system_that_refuses_a_fork_costs_no_descriptor(monkeypatch):
    def refused():
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", refused)
    listener = socket.socket(socket.AF_UNIX)
    address = f"mai-test-{os.getpid()}-refused"
    listener.bind("\0" + address)
    listener.listen(100)
    reports, written = os.pipe()
    server = forking._Server(forking.Channel(0, written), address, {"child": lambda: 0})
    before = descriptors_of(os.getpid())
    for _ in range(5):
        server.fork(forking.Request("t", "child", [], {}, 10))
    assert descriptors_of(os.getpid()) == before
    answers = os.read(reports, 4096).splitlines()
    assert [json.loads(line)["failed"] for line in answers] == ["t"] * 5
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    listener.close()
