"""Ask a network of the compiler for its answers: in floats, in the board's integers, or on the simulated chip."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tempfile
import weakref
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from mai.plus.environment import SCRIPTS, command
from mai.plus.failure import failure

LENGTH = 8  # bytes before each array
END_S = 5.0  # for a process that has closed its output to end
MOST_SAID = 4096  # bytes, the end of what a process said
TWIN_FILE, TWIN_WEIGHTS = "model_int8.mlir", "model_int8_weights.npz"
"""The integer network as a conversion leaves it: the numbers of the simulated chip in a tenth of the time."""


class PlusNetwork:
    """A network that stays in memory, in a process of its own; call it with samples (n, C, H, W).

    `path` is an .mlir (interpreted) or a .cvimodel (on the simulator of the chip). The process ends with `close`,
    with this object, and with the process that made it.
    """

    def __init__(self, path: Path) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            command(str(SCRIPTS / "simulate.py"), str(path)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )
        self.close = weakref.finalize(self, _end, self._process, self._said)

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The outputs, float32 (n, …). Raises MaiError `plus_failed` or MemoryError if the process ends."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None and answers is not None
        answer = None
        with contextlib.suppress(OSError):
            _write(requests, samples)
            answer = _read(answers)
        if answer is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(END_S)
            reason = failure("simulate", self._process.returncode, _end_of(self._said))
            self.close()
            raise reason
        self._said.truncate(0)  # progress bars, some for every sample
        return answer

    def __enter__(self) -> PlusNetwork:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _end(process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, said):
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()


def _end_of(said: IO[bytes]) -> str:
    said.seek(max(0, said.seek(0, io.SEEK_END) - MOST_SAID))
    return said.read().decode("utf-8", "replace")


def _write(target: IO[bytes], samples: NDArray[np.float32]) -> None:
    whole = io.BytesIO()
    np.save(whole, np.ascontiguousarray(samples, np.float32), allow_pickle=False)
    target.write(len(whole.getvalue()).to_bytes(LENGTH, "big") + whole.getvalue())
    target.flush()


def _read(source: IO[bytes]) -> NDArray[np.float32] | None:
    """None where the process has ended."""
    head = source.read(LENGTH)
    body = source.read(int.from_bytes(head, "big")) if len(head) == LENGTH else b""
    if len(head) < LENGTH or len(body) < int.from_bytes(head, "big"):
        return None
    return np.asarray(np.load(io.BytesIO(body), allow_pickle=False), np.float32)
