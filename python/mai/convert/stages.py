"""Announce and time the named stages of a conversion; an error in a stage carries its name."""

from __future__ import annotations

import errno
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spnn.errors import SpnnError, SpnnFormatError

from mai import events
from mai.errors import MaiError
from mai.out_of_memory import is_out_of_memory


class Stages:
    """Enter each of `names` once, in order: `with stages.enter("quantize"): …`."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.seconds: dict[str, float] = {}

    @contextmanager
    def enter(self, name: str) -> Iterator[None]:
        """Announce and time the stage; every error in it becomes a MaiError with the parameter `stage`."""
        expected = self.names[len(self.seconds)]
        if name != expected:
            raise ValueError(f"stage {name} entered where {expected} comes next")
        events.emit("convert_model_progress", stage=name, step=len(self.seconds) + 1, steps=len(self.names))
        started = time.perf_counter()
        try:
            yield
        except Exception as reason:
            raise _named(name, reason) from reason
        self.seconds[name] = round(time.perf_counter() - started, 3)


def _named(stage: str, reason: Exception) -> Exception:
    if isinstance(reason, MaiError):
        return MaiError(reason.code, **{**reason.params, "stage": stage})
    if isinstance(reason, OSError) and reason.errno == errno.ENOSPC:
        return MaiError("disk_full", stage=stage)
    if is_out_of_memory(reason):
        return MaiError("out_of_memory", stage=stage)
    if not isinstance(reason, (SpnnError, subprocess.SubprocessError)):
        traceback.print_exception(reason, file=sys.stderr)  # a bug: the log needs the traceback
    if isinstance(reason, SpnnFormatError):
        reason.file = Path(reason.file).name  # do not show paths of the server
    said = str(reason).strip().splitlines()[0][:300] if str(reason).strip() else type(reason).__name__
    return MaiError(
        "conversion_failed",
        stage=stage,
        reason=said,
    )
