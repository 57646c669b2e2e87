"""Change the number of threads of numpy's OpenBLAS after it was loaded.

It starts its threads when it is loaded, but a process that forks must have none (mai/forking.py). So it is loaded
with one thread, and each child raises the number. OpenBLAS has no other threads in a process that has only loaded it.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

MAPS = Path("/proc/self/maps")
# As numpy's wheels name it (64-bit and 32-bit integers), and as distributions do.
SETTERS = (
    "scipy_openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads",
    "openblas_set_num_threads64_",
    "openblas_set_num_threads",
)


def allow(count: int) -> None:
    """Let numpy have so many threads, where the process began with another number and its OpenBLAS can be found."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != str(count) and MAPS.exists():
        set_threads(loaded_openblas(), count)


def loaded_openblas() -> list[ctypes.CDLL]:
    """Every OpenBLAS that this process has loaded (Linux); empty where numpy uses another library."""
    paths = {line.split(maxsplit=5)[-1] for line in MAPS.read_text().splitlines() if ".so" in line}
    return [ctypes.CDLL(path) for path in sorted(paths) if "openblas" in Path(path).name]


def set_threads(libraries: list[ctypes.CDLL], count: int) -> None:
    for library in libraries:
        for name in SETTERS:
            setter = getattr(library, name, None)
            if setter is not None:
                setter(ctypes.c_int(count))
                break
