"""Say why a program of the compiler has failed: a full disk, too little memory, or itself."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from pathlib import Path

from mai.errors import MaiError

LEAST_FREE = 1_000_000  # bytes: with less, a program leaves files that are cut off, and may not say so
FULL = ("No space left on device", "Disk quota exceeded")
NO_MEMORY = ("std::bad_alloc", "MemoryError", "Cannot allocate memory", "out of memory")
COUNTERS = (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"))


def require_room(folder: Path) -> None:
    """Raise OSError if the disk is full."""
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def killed_for_memory() -> int:
    """How many processes the system has ended for want of memory; a program's own helpers end without a word."""
    total = 0
    for counter in COUNTERS:
        try:
            rows = [line.split() for line in counter.read_text(encoding="ascii").splitlines()]
        except (OSError, ValueError):
            continue
        total += sum(int(row[1]) for row in rows if len(row) == 2 and row[0] == "oom_kill")
    return total


def failure(program: str, status: int | None, said: str, work: Path | None = None, killed: int = 0) -> Exception:
    """What to raise for a program that ended with `status`, having said `said` and written into `work`, if it writes.

    `killed`: how many processes were ended for want of memory meanwhile.
    """
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if (work is not None and shutil.disk_usage(work).free < LEAST_FREE) or any(sign in said for sign in FULL):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if status == -signal.SIGKILL or killed > 0 or any(sign in said for sign in NO_MEMORY):
        return MemoryError(f"{program} ended for want of memory")
    return MaiError("plus_failed", program=program, reason=lines[-1][:200] if lines else "it said nothing")
