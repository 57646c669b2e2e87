"""The trained network and the board's compute at the same time, the second on one thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mai.infer.loaded import load
from mai.infer.together import _other_thread, together
from mai.models.registry import build_model, load_model, save_model

DEADLINE_S = 20


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    _other_thread.cache_clear()
    torch.set_num_threads(2)
    yield
    _other_thread.cache_clear()
    torch.set_num_threads(before)


def threads_of_a_product() -> int:
    torch.ones(300, 300) @ torch.ones(300, 300)  # torch asks for the number at the first work of a thread
    return torch.get_num_threads()


def test_both_run_at_the_same_time() -> None:
    here, beside = threading.Event(), threading.Event()

    def meet(mine: threading.Event, other: threading.Event) -> bool:
        mine.set()
        return other.wait(DEADLINE_S)

    assert together(lambda: meet(here, beside), lambda: meet(beside, here)) == (True, True)


@pytest.mark.usefixtures("two_threads")
def test_only_the_other_thread_computes_alone() -> None:
    for _ in range(2):
        assert together(threads_of_a_product, threads_of_a_product) == (2, 1)
    later: list[int] = []
    new = threading.Thread(target=lambda: later.append(threads_of_a_product()))
    new.start()
    new.join(DEADLINE_S)
    assert later == [2]


def test_both_have_ended_when_one_fails() -> None:
    begun, ended = threading.Event(), threading.Event()

    def fail() -> None:
        begun.wait(DEADLINE_S)
        raise ValueError("the trained network")

    def go_on() -> None:
        begun.set()
        threading.Event().wait(0.05)
        ended.set()

    with pytest.raises(ValueError, match="the trained network"):
        together(fail, go_on)
    assert ended.is_set()
    with pytest.raises(MemoryError):
        together(int, lambda: bytes(1 << 62))


def test_each_network_answers_as_it_does_alone(tmp_path: Path) -> None:
    save_model(
        tmp_path / "model.pth", build_model("IMAGE_CLASSIFICATION", "mobilenet-10", 2), labels=("a", "b"), arch={},
        project_type="IMAGE_CLASSIFICATION", name="mobilenet-10", split={}, train_config={}, metrics={},
    )  # fmt: skip
    loaded, alone = load(tmp_path), load_model(tmp_path / "model.pth").module
    loaded.twin = lambda x: 2 * x.mean((2, 3))
    x = torch.rand(1, 96, 96, 3).permute(0, 3, 1, 2)  # laid out in memory as photos are
    output, board = loaded.answers(x, board=True)
    with torch.inference_mode():
        expected = alone(x).numpy()
    assert np.array_equal(output, expected)
    assert np.array_equal(board, 2 * x.contiguous().numpy().mean((2, 3)))
    output, board = loaded.answers(x, board=False)
    assert board is None and np.array_equal(output, expected)
