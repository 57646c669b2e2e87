"""How many threads numpy's library may use, of a process that is started with another number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mai import blas_threads
from mai.train.plan.plan import device_of, plan_for
from voice_project import make_project

np.ones((2, 2)) @ np.ones((2, 2))  # its library is loaded now
LIBRARIES = blas_threads.loaded_openblas() if blas_threads.MAPS.exists() else []
pytestmark = pytest.mark.skipif(not LIBRARIES, reason="numpy uses no OpenBLAS that can be found here")


def count() -> int:
    names = (name.replace("_set_", "_get_") for name in blas_threads.SETTERS)
    found = [getter() for library in LIBRARIES for name in names if (getter := getattr(library, name, None))]
    return found[0]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = count()
    yield
    blas_threads.set_threads(LIBRARIES, before)


@pytest.mark.parametrize("threads", [1, 2])
def test_is_what_a_training_may_use(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    blas_threads.set_threads(LIBRARIES, 3 - threads)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", str(3 - threads))
    blas_threads.allow(threads)
    assert count() == threads


def test_is_what_the_plan_of_a_training_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blas_threads.set_threads(LIBRARIES, 2)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    device_of(plan_for(make_project(tmp_path, clips=1), device="cpu", threads=1))
    assert (count(), torch.get_num_threads()) == (1, 1)
    torch.set_num_threads(before)


def test_stays_where_the_process_was_started_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    blas_threads.set_threads(LIBRARIES, 2)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    blas_threads.allow(1)
    assert count() == 2


def test_stays_where_the_system_does_not_say_what_is_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blas_threads.set_threads(LIBRARIES, 2)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.setattr(blas_threads, "MAPS", tmp_path / "maps")
    blas_threads.allow(1)
    assert count() == 2
