"""Why the compiler for kidbright-mai-plus failed, said so that people can help themselves; it need not be installed."""

from __future__ import annotations

import errno
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mai.convert.stages import Stages
from mai.errors import MaiError
from mai.plus import environment, failure, network

Usage = namedtuple("Usage", "free")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a program of Python in the place of each of the compiler's."""

    def put(code: str) -> None:
        for module in (environment, network):
            monkeypatch.setattr(module, "command", lambda *_: [sys.executable, "-c", code])

    return put


def refusal(work: Path) -> MaiError:
    """What a stage says in which the program runs."""
    stages = Stages(["calibrate"])
    with pytest.raises(MaiError) as caught, stages.enter("calibrate"):
        environment.run_program("run_calibration", [], work)
    return caught.value


def test_its_last_line_is_the_reason(program, tmp_path: Path) -> None:
    program("print('loading'); print('  no such layer\\n'); raise SystemExit(3)")
    refused = refusal(tmp_path)
    assert (refused.code, refused.params["reason"]) == ("plus_failed", "no such layer")
    program("raise SystemExit(3)")
    assert refusal(tmp_path).params["reason"] == "it said nothing"


@pytest.mark.parametrize("said", ["OSError: [Errno 28] No space left on device", "write: Disk quota exceeded"])
def test_a_full_disk_that_it_names(said: str, program, tmp_path: Path) -> None:
    program(f"print({said!r}); raise SystemExit(1)")
    refused = refusal(tmp_path)
    assert (refused.code, refused.params["stage"]) == ("disk_full", "calibrate")


@pytest.mark.parametrize("status", [0, 1])
def test_a_full_disk_without_a_word_whether_it_failed_or_not(status: int, program, tmp_path: Path, monkeypatch) -> None:
    program(f"raise SystemExit({status})")
    monkeypatch.setattr(failure.shutil, "disk_usage", lambda _: Usage(free=0))
    assert refusal(tmp_path).code == "disk_full"


@pytest.mark.parametrize("code", [
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "raise MemoryError",
    "print('terminate called: std::bad_alloc'); raise SystemExit(134)",
])  # fmt: skip
def test_too_little_memory(code: str, program, tmp_path: Path) -> None:
    program(code)
    assert refusal(tmp_path).code == "out_of_memory"


def test_a_helper_of_it_that_the_system_killed_for_memory(program, tmp_path: Path, monkeypatch) -> None:
    counter = tmp_path / "vmstat"
    counter.write_text("oom_kill 4\npgfault 100\n")
    monkeypatch.setattr(failure, "COUNTERS", (counter, tmp_path / "none"))
    program("raise SystemExit(1)")
    assert refusal(tmp_path).code == "plus_failed"
    program(f"open({str(counter)!r}, 'w').write('oom_kill 5\\n'); raise SystemExit(1)")
    assert refusal(tmp_path).code == "out_of_memory"


def test_a_resident_network_that_ends(program) -> None:
    program("import sys; print('bad file', file=sys.stderr); raise SystemExit(2)")
    with pytest.raises(MaiError, match="bad file"):
        network.PlusNetwork(Path("network.mlir"))(np.zeros((1, 3, 2, 2), np.float32))
    program("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(MemoryError):
        network.PlusNetwork(Path("network.mlir"))(np.zeros((1, 3, 2, 2), np.float32))


def test_an_environment_whose_python_has_gone_is_none(monkeypatch, tmp_path: Path) -> None:
    stamp, python = tmp_path / ".mai-setup", tmp_path / "python"
    monkeypatch.setattr(environment, "STAMP", stamp)
    monkeypatch.setattr(environment, "PYTHON", python)
    stamp.write_text("whole")
    python.symlink_to(tmp_path / "removed")
    with pytest.raises(MaiError) as caught:
        environment.command("model_deploy")
    assert caught.value.code == "plus_missing"


def test_a_full_disk_is_an_error_of_the_system(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(failure.shutil, "disk_usage", lambda _: Usage(free=failure.LEAST_FREE - 1))
    with pytest.raises(OSError) as caught:
        failure.require_room(tmp_path)
    assert caught.value.errno == errno.ENOSPC
