"""A conversion for kidbright-mai-plus that is ended in a stage: none of its processes goes on, and no file is there."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from converted import trained_project
from mai.plus.environment import is_there
from test_plus_convert import command

SLOWEST_S = 600
MARK = "MAI_TEST_MARK"
AT_WORK = {
    "export": "convert.py",
    "transform": "model_transform",
    "calibrate": "run_calibration",
    "quantize": "model_deploy",
    "evaluate": "simulate.py",
}
"""Stage → what is in the command line of a process that works in it."""

pytestmark = [
    pytest.mark.plus,
    pytest.mark.skipif(not is_there(), reason="the compiler is not installed: npm run setup:plus"),
]


def earlier_output(folder: Path) -> Path:
    """What a conversion for the other board has left."""
    output = folder / "output"
    output.mkdir()
    for name in ("model_int8.bin", "model_int8.param", "report.json"):
        (output / name).write_text(name)
    return output


def processes_with(mark: str) -> dict[int, str]:
    """Pid → command line of the living processes that inherited `mark`, in whatever process group they are."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():  # that of a zombie is empty
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def groups_of(pids: Iterable[int]) -> set[int]:
    groups = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            groups.add(os.getpgid(pid))
    return groups


def wait_for(check: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.05)


def enter(child: subprocess.Popen[bytes], stage: str) -> None:
    assert child.stdout is not None
    said = (json.loads(line).get("stage") for line in child.stdout)
    assert any(entered == stage for entered in said), f"the conversion ended before {stage}"


@pytest.mark.parametrize(
    ("stage", "end"),
    [*((stage, signal.SIGTERM) for stage in AT_WORK), ("quantize", signal.SIGKILL), ("evaluate", signal.SIGKILL)],
)
def test_ended_in_a_stage_it_leaves_no_process_and_no_file_of_the_board(
    stage: str, end: signal.Signals, tmp_path: Path
) -> None:
    output = earlier_output(tmp_path)
    mark = secrets.token_hex(8)
    child = subprocess.Popen(
        command(trained_project(), output),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, MARK: mark},
    )
    try:
        enter(child, stage)
        wait_for(lambda: any(AT_WORK[stage] in line for line in processes_with(mark).values()), SLOWEST_S, stage)
        assert groups_of(processes_with(mark)) == {child.pid}, "a program has left the group that the server ends"
        os.killpg(child.pid, end)
        assert child.wait(SLOWEST_S) != 0
        wait_for(lambda: not processes_with(mark), 20, "the end of every process")
        assert sorted(file.name for file in output.iterdir()) == ["model_int8.bin", "model_int8.param", "report.json"]
    finally:
        for pid in processes_with(mark):
            os.kill(pid, signal.SIGKILL)
        child.wait()
