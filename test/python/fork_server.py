"""The server's side of the process that forks children (python/mai/forking.py)."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

PYTHON = Path(__file__).parents[2] / "python"
DEADLINE_S = 120
THREADS = "2"


class Server:
    """Requests, reports and the streams of children."""

    def __init__(self, script=PYTHON / "parent.py"):
        self.address = f"mai-test-{os.getpid()}-{time.monotonic_ns()}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind("\0" + self.address)
        self.listener.listen(100)
        self.listener.settimeout(DEADLINE_S)
        buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        self.env = {**buffered, "OMP_NUM_THREADS": THREADS, "OPENBLAS_NUM_THREADS": THREADS}
        self.process = subprocess.Popen(
            [sys.executable, str(script), "--socket", self.address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.env,
        )  # fmt: skip
        self.ready = self.report()

    def report(self):
        return json.loads(self.process.stdout.readline())

    def request(self, niceness=10, code=None, **env):
        args = ["--device", "cpu"] if code is None else [code, "--device", "cpu"]
        request = {"token": "t", "main": "child", "args": args, "niceness": niceness, "env": {**self.env, **env}}
        return json.dumps(request).encode() + b"\n"

    def accept(self):
        streams = {}
        for _ in range(3):
            stream = self.listener.accept()[0].makefile("rwb")
            streams[stream.readline().decode().split()[1]] = stream
        return streams

    def fork(self, **asked):
        self.process.stdin.write(self.request(**asked))
        self.process.stdin.flush()
        streams = self.accept()
        return self.report()["pid"], streams

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(DEADLINE_S) == 0
