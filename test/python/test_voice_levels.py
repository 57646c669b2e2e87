"""The quick levels of made-up sounds are those of the board's own formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mai.data import voice_levels
from mai.data.voice_levels import pieces, quick_log_mel
from mai.data.voice_window import window_samples
from mai.voice.features import log_mel, to_grey

WINDOW = window_samples(22)


def sounds():
    """Loud and soft, bright and dull, all of it silence, and silence after a word."""
    rng = np.random.default_rng(0)
    white = rng.standard_normal((4, WINDOW))
    dull = np.cumsum(rng.standard_normal((2, WINDOW)), axis=1)
    every = np.concatenate([white * [[9000], [300], [20], [2]], dull * [[200], [5]], white[:2] * [[0], [3000]]])
    every[-1, WINDOW // 3 :] = 0
    return np.clip(np.rint(every), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("at_once", [1 << 19, WINDOW, WINDOW * 3])
def test_quick_levels_are_those_of_the_plain_formula(monkeypatch, at_once):
    monkeypatch.setattr(voice_levels, "AT_ONCE", at_once)
    found, plain = quick_log_mel(sounds()), log_mel(sounds())
    assert found.dtype == np.float32 and found.shape == plain.shape
    np.testing.assert_allclose(found, plain, atol=1e-3)
    assert (to_grey(found) != to_grey(plain)).mean() < 1e-3


@pytest.mark.usefixtures("one_thread")
def test_levels_are_the_same_whatever_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(voice_levels, "AT_ONCE", WINDOW * 3)
    alone = quick_log_mel(sounds())
    torch.set_num_threads(3)
    np.testing.assert_array_equal(alone, quick_log_mel(sounds()))


def test_pieces_hold_every_clip_once_and_at_least_one_each():
    assert pieces(5, voice_levels.AT_ONCE // 2) == [slice(0, 2), slice(2, 4), slice(4, 6)]
    assert pieces(2, voice_levels.AT_ONCE * 2) == [slice(0, 1), slice(1, 2)]
    assert pieces(0, 1000) == []
