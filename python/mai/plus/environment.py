"""Find the environment that `npm run setup:plus` makes, and run the compiler's programs in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mai.errors import MaiError
from mai.plus.failure import failure, killed_for_memory, require_room

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".venv-plus"
STAMP = FOLDER / ".mai-setup"
"""Written last: without it the environment is not whole."""
PYTHON = FOLDER / "bin" / "python"
SCRIPTS = ROOT / "python" / "plus"
TIMEOUT_S = 900.0  # a step takes 5 to 20 s beside other work
OWN_FOLDER = "/proc/self/cwd"  # of each process the folder that it runs in
MOST_SAID = 40  # lines of a program that failed, for the server's log


def is_there() -> bool:
    """Whether models can be made for kidbright-mai-plus: its Python may have gone with an update of the system."""
    return STAMP.is_file() and PYTHON.exists()


def command(program: str, *arguments: str) -> list[str]:
    """The command line of a program of the compiler, or of a script of ours. Raises MaiError `plus_missing`."""
    if not is_there():
        raise MaiError("plus_missing")
    return [str(PYTHON), str(SCRIPTS / "run_tool.py"), program, *arguments]


def variables(scratch: Path) -> dict[str, str]:
    """The environment of a program that runs in `scratch`: what it keeps for itself lies there.

    It opens sockets in TMPDIR, whose paths may have 107 bytes: a project's own folder is longer, so it is called by
    another name.
    """
    return {**os.environ, "TMPDIR": OWN_FOLDER, "MPLCONFIGDIR": str(scratch), "HOME": str(scratch)}


def run_program(program: str, arguments: Sequence[str], work: Path, timeout_s: float = TIMEOUT_S) -> None:
    """Run it in `work`, in the process group of the conversion: who ends the group ends it too.

    Raises MaiError `plus_failed` with the last line that it said, `plus_timeout`; OSError if the disk is full,
    MemoryError if it ended for want of memory.
    """
    log = work / f"{program}.log"
    killed = killed_for_memory()
    try:
        with log.open("wb") as said:
            done = subprocess.run(
                command(program, *arguments),
                cwd=work, env=variables(work), stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                timeout=timeout_s, check=False,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise MaiError("plus_timeout", seconds=timeout_s) from None
    if done.returncode != 0:
        text = log.read_text("utf-8", "replace")
        print("\n".join(text.splitlines()[-MOST_SAID:]), file=sys.stderr)  # noqa: T201 - people's text
        raise failure(program, done.returncode, text, work, killed_for_memory() - killed)
    require_room(work)
