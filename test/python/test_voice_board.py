"""Features and float network against numbers from the board's own code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mai.errors import MaiError
from mai.voice import features as f
from mai.voice import runtime

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "contract" / "voice_golden.npz"
CASES = ("chirp_1s", "noise_3s", "board_1s", "silence_1s")


@pytest.fixture(scope="module")
def golden():
    if not GOLDEN.exists():
        pytest.skip("../shared/contract/voice_golden.npz is not here")
    with np.load(GOLDEN) as file:
        return dict(file)


@pytest.fixture(scope="module")
def weights(golden):
    return {name[2:]: array for name, array in golden.items() if name.startswith("w_")}


@pytest.mark.parametrize("case", CASES)
def test_features_are_the_boards(golden, case):
    np.testing.assert_array_equal(f.features(golden[f"{case}_signal"]), golden[f"{case}_mel"])


@pytest.mark.parametrize("case", CASES)
def test_logits_are_the_boards(golden, weights, case):
    x = f.network_input(golden[f"{case}_mel"][None])
    np.testing.assert_allclose(runtime.forward(weights, x)[0], golden[f"{case}_logits"], atol=1e-4, rtol=0)


def test_many_clips_at_once_give_what_each_gives_alone():
    clips = np.random.default_rng(0).normal(0, 900, (150, 44_100 // 2)).astype(np.int16)
    together = f.features(clips)
    assert together.shape == (150, 40, f.frame_count(22_050)) and together.dtype == np.uint8
    for index in (0, 77, 149):
        np.testing.assert_array_equal(together[index], f.features(clips[index]))


def test_each_clip_has_its_own_range_and_a_flat_one_is_black():
    levels = np.stack([np.linspace(0, 1, 400).reshape(40, 10), np.full((40, 10), 3.0)])
    grey = f.to_grey(levels)
    assert grey[0].min() == 0 and grey[0].max() == 255
    assert not grey[1].any()


def test_width_is_the_boards():
    assert [f.frame_count(n) for n in (0, 1764, 2645, 2646, 44_100, 44_032)] == [0, 0, 0, 1, 48, 47]
    with pytest.raises(ValueError, match="2645 samples"):
        f.features(np.zeros(2645, np.int16))


def test_the_boards_file_reads_back(tmp_path, weights):
    runtime.write_npz(weights, ["ก", "b", "10"], tmp_path / "model_cpu.npz.part")
    arrays, labels = runtime.read_npz(tmp_path / "model_cpu.npz.part")
    assert labels == ["ก", "b", "10"]
    assert arrays.keys() == weights.keys()
    without = {name: array for name, array in arrays.items() if not name.startswith("features.10")}
    with pytest.raises(ValueError, match=r"classifier\.1"):
        runtime.check_arrays(without, 3)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rubbish", b"\x93NUMPY rubbish"])
def test_what_is_no_board_file_is_an_error_with_a_reason(tmp_path, content):
    file = tmp_path / "model_cpu.npz"
    file.write_bytes(content)
    with pytest.raises(MaiError) as error:
        runtime.read_npz(file)
    assert error.value.code == "model_unreadable"
