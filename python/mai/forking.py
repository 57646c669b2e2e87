"""Fork a child for each request from a process that has done the slow imports (Linux).

A process that stays answers the server: a request per line on standard input, a report per line on standard
output (docs/protocol.md § Between server and child). Only the thread that forks lives on in a child, and neither
CUDA nor the threads of OpenMP and oneDNN survive a fork. So this process imports and forks, and computes nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

Main = Callable[[], int]
STREAMS = ("stdin", "stdout", "stderr")


@dataclass(frozen=True)
class Channel:
    """The server's two pipes, away from the descriptors 0 and 1 that imports may read or print to."""

    requests: int
    reports: int

    def report(self, **fields: Any) -> None:
        """Raises OSError if the server is gone."""
        line = json.dumps(fields, separators=(",", ":")).encode() + b"\n"
        while line:
            line = line[os.write(self.reports, line) :]


@dataclass(frozen=True)
class Request:
    """What a child shall be: which of the mains, with which arguments, environment and nice value."""

    token: str
    main: str
    args: list[str]
    env: dict[str, str]
    niceness: int


def claim_channel() -> Channel:
    """Call it before the imports: what they print goes to standard error, and standard input is empty."""
    channel = Channel(os.dup(0), os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return channel


def serve(channel: Channel, address: str, mains: Mapping[str, Main]) -> int:
    """Fork until the server is gone or an empty line ends it; then end every child, with all that it started.

    `address` names the abstract Unix socket that the server listens on; `mains` are the bodies of the children.
    """
    gc.collect()
    gc.freeze()  # a collection in a child would write to every page that it shares with this process
    sys.stdout.flush()  # what is still in its buffer would be written by each child once more
    server = _Server(channel, address, mains)
    try:
        channel.report(ready=list(mains))
        server.serve()
    except OSError:
        traceback.print_exc()
        return 1
    finally:
        server.end_children()
    return 0


class _Server:
    def __init__(self, channel: Channel, address: str, mains: Mapping[str, Main]) -> None:
        self.channel = channel
        self.address = "\0" + address
        self.mains = mains
        self.living: set[int] = set()
        self.woken, self.waker = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(self.waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self.channel.requests, select.POLLIN)
        poll.register(self.woken, select.POLLIN)
        waiting = b""
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if self.woken in ready:
                os.read(self.woken, 4096)
                self.reap()
            if self.channel.requests in ready:
                chunk = os.read(self.channel.requests, 65536)
                if not chunk:
                    return
                *lines, waiting = (waiting + chunk).split(b"\n")
                for line in lines:
                    if not line:
                        return
                    self.fork(Request(**json.loads(line)))

    def reap(self) -> None:
        """Report every child that has ended."""
        for pid in list(self.living):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended == 0:
                continue
            self.living.remove(pid)
            code = os.waitstatus_to_exitcode(status)
            name = signal.Signals(-code).name if code < 0 else None
            self.channel.report(exited=pid, code=None if name else code, signal=name)

    def fork(self, request: Request) -> None:
        try:
            ends = [_connect(self.address, request.token, name) for name in STREAMS]
            began, begin = os.pipe()
        except OSError as error:
            self.channel.report(failed=request.token, reason=str(error))
            return
        try:
            pid = os.fork()
        except OSError as error:
            os.close(began)
            os.close(begin)
            self.channel.report(failed=request.token, reason=str(error))
            return
        if pid == 0:
            _become(request, self.mains[request.main], [end.fileno() for end in ends], begin)
        self.living.add(pid)
        os.close(begin)
        for end in ends:
            end.close()
        # Until it leads a group of its own, a signal to the group would not reach it.
        os.read(began, 1)
        os.close(began)
        self.channel.report(forked=request.token, pid=pid)

    def end_children(self) -> None:
        for pid in self.living:
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:  # it has not become a leader
                os.kill(pid, signal.SIGKILL)
        for pid in self.living:
            os.waitpid(pid, 0)


def _connect(address: str, token: str, name: str) -> socket.socket:
    """A connection to the server; the first line says for which child and stream it is."""
    end = socket.socket(socket.AF_UNIX)
    try:
        end.connect(address)
        end.sendall(f"{token} {name}\n".encode())
    except OSError:
        end.close()
        raise
    return end


def _become(request: Request, main: Main, ends: list[int], begin: int) -> NoReturn:
    """The rest of a child's life. It never returns into the frames of the process that forked it."""
    status = 1
    try:
        os.setsid()
        os.setpriority(os.PRIO_PROCESS, 0, max(request.niceness, os.getpriority(os.PRIO_PROCESS, 0)))
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(request.env)
        for number, end in enumerate(ends):
            os.dup2(end, number)
        os.write(begin, b".")
        _close_all_above(2)
        sys.argv = [request.main, *request.args]
        Path("/proc/self/comm").write_text(request.main)  # its name in lists of processes
        _reseed_numpy()
        _disown_finalizers()
        status = _status_of(main)
    except BaseException:  # noqa: BLE001 - the boundary of the process
        traceback.print_exc()
    finally:
        _leave(status)


def _close_all_above(last: int) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) > last:
            with contextlib.suppress(OSError):  # the listing's own
                os.close(int(name))


def _status_of(main: Main) -> int:
    """The exit code of a main that may call sys.exit."""
    try:
        return main()
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
        return 1


def _reseed_numpy() -> None:
    """The random module does so by itself; every recipe seeds torch."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _disown_finalizers() -> None:
    """What was made before the fork is the parent's to take apart. Of torch it takes 30 ms at each child's end."""
    for finalizer in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        finalizer.atexit = False


def _leave(status: int) -> NoReturn:
    """End as the interpreter does, but without taking the imported modules apart."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are no daemons
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status & 0xFF)
