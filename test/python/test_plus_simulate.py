"""What python/plus/simulate.py answers for a network of the compiler: two outputs as one, requests one by one."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "python" / "plus" / "simulate.py"
CELLS = 6
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def simulate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("simulate", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("labels", [1, 3, 4, 5])
@pytest.mark.parametrize("turned", [False, True], ids=["distances first", "scores first"])
def test_two_outputs_become_one_whichever_comes_first(simulate: ModuleType, labels: int, turned: bool) -> None:
    """With four labels the scores have four rows too, but in another dimension."""
    distances, scores = RNG.normal(size=(1, 1, 4, CELLS)), RNG.normal(size=(1, labels, CELLS, 1))
    whole = simulate.joined([scores, distances] if turned else [distances, scores])
    assert whole.shape == (1, 4 + labels, CELLS)
    assert np.array_equal(whole[0, :4], distances[0, 0])
    assert np.array_equal(whole[0, 4:], scores[0, :, :, 0])


def test_one_output_stays_as_it_is(simulate: ModuleType) -> None:
    logits = RNG.normal(size=(1, 7))
    assert simulate.joined([logits]) is logits


def test_requests_are_read_one_by_one_until_the_input_ends(simulate: ModuleType) -> None:
    whole, samples = io.BytesIO(), [RNG.normal(size=(2, 3, 4, 4)), RNG.normal(size=(1, 3, 4, 4))]
    for each in samples:
        simulate.write(whole, each)
    whole.seek(0)
    assert all(np.array_equal(simulate.read(whole), each) for each in samples)
    assert simulate.read(whole) is None
