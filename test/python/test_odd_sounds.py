"""Sounds as recorders, programs and switched-off microphones leave them: read as they sound, or named."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mai.config import read_project
from mai.data.audio import ClipError, read_clip
from mai.data.voice_clips import index_clips, load_clips
from mai.data.voice_silence import judge_silence
from mai.errors import MaiError
from shared_cases import unpack
from voice_project import LABELS, make_project, write_clip

RATE = 44_100
TONE = 0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE // 2) / RATE)
WORDS = (np.round(TONE * 32768)).astype(np.int16)


def read(folder: Path, content: bytes) -> np.ndarray:
    (folder / "clip").write_bytes(content)
    return read_clip(folder / "clip").samples


def wav(sound: np.ndarray, subtype: str = "PCM_16", kind: str = "WAV", rate: int = RATE) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format=kind, subtype=subtype)
    return file.getvalue()


def without_length(content: bytes, riff: int = 0, data: int = 0) -> bytes:
    """The header of a WAV file with other lengths in it."""
    place = content.index(b"data")
    content = content[: place + 4] + struct.pack("<I", data) + content[place + 8 :]
    return content[:4] + struct.pack("<I", riff) + content[8:]


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
@pytest.mark.parametrize("lengths", [(0, 0), (36, 0), (0xFFFFFFFF, 0xFFFFFFFF), (0, 0x7FFFF000), (2**30, 2**29)])
def test_a_wav_whose_recorder_was_closed_too_early(tmp_path, subtype, kind, lengths):
    whole = wav(TONE, subtype, kind)
    cut = without_length(whole, *lengths)
    np.testing.assert_array_equal(read(tmp_path, cut), read(tmp_path, whole))
    in_the_middle_of_a_sample = read(tmp_path, cut[:-1])
    assert len(WORDS) - 1 <= len(in_the_middle_of_a_sample) <= len(WORDS)


def test_chunks_before_the_sound_and_a_file_that_is_truly_empty(tmp_path):
    whole = wav(TONE)
    place = whole.index(b"data")
    note = b"LIST" + struct.pack("<I", 5) + b"INFOx\0"
    np.testing.assert_array_equal(
        read(tmp_path, without_length(whole[:place] + note + whole[place:])), read(tmp_path, whole)
    )
    for rest in (b"", note, note * 4000):
        with pytest.raises(ClipError) as error:
            read(tmp_path, without_length(whole[: place + 8]) + rest)
        assert error.value.code == "clips_too_short"


def test_a_long_wav_without_its_length(tmp_path):
    rf64 = wav(TONE, kind="RF64")
    place = rf64.index(b"ds64") + 8
    for filler in (b"\0", b"\xff"):
        lengths = rf64[:place] + filler * 24 + rf64[place + 24 :]
        np.testing.assert_array_equal(read(tmp_path, lengths), read(tmp_path, rf64))


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("scale", [2**15, 2**23, 2**31])
def test_whole_numbers_saved_as_floats_are_divided(tmp_path, subtype, scale):
    np.testing.assert_array_equal(read(tmp_path, wav(WORDS * (scale / 2**15), subtype)), WORDS)


@pytest.mark.parametrize("scale", [1.5 / 0.3, 2 / 0.3, 7.3 / 0.3, 100 / 0.3, 2**15 * 0.97, 2**23 * 0.97, 1e30])
def test_floats_beyond_full_scale_keep_their_shape(tmp_path, scale):
    samples = read(tmp_path, wav(TONE * scale, "FLOAT")).astype(float)
    np.testing.assert_allclose(samples / np.abs(samples).max(), TONE / np.abs(TONE).max(), atol=2e-4)
    assert np.abs(samples).max() > 9000 and not read_clip(tmp_path / "clip").clipped


def test_eight_bit_numbers_saved_as_floats(tmp_path):
    samples = read(tmp_path, wav(np.round(TONE * 128), "FLOAT"))
    np.testing.assert_array_equal(samples, (np.round(TONE * 128) * 256).astype(np.int16))


def test_floats_within_full_scale_and_a_clipped_recording_in_numbers_of_16_bits(tmp_path):
    np.testing.assert_array_equal(read(tmp_path, wav(WORDS / 32768, "FLOAT")), WORDS)
    read(tmp_path, wav(np.clip(TONE * 5, -1, 1) * 32767, "FLOAT"))
    assert read_clip(tmp_path / "clip").clipped
    read(tmp_path, wav(np.round(np.random.default_rng(0).uniform(-2, 2, RATE)), "FLOAT"))
    assert read_clip(tmp_path / "clip").silent  # the rest noise of 16 bits


def test_channels_that_cancel_each_other_out(tmp_path):
    for sides in ([TONE, -TONE], [TONE, -0.95 * TONE], [0 * TONE, TONE, 0 * TONE, 0 * TONE, -TONE]):
        samples = read(tmp_path, wav(np.stack(sides, axis=1)))
        np.testing.assert_allclose(np.abs(samples), np.abs(WORDS), atol=1)
    together = read(tmp_path, wav(np.stack([TONE, TONE], axis=1)))
    np.testing.assert_allclose(together, WORDS, atol=1)


@pytest.mark.parametrize(("content", "words"), [
    (b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42" + bytes(3000), "M4A or MP4"), (b"\x1a\x45\xdf\xa3" + bytes(3000), "WebM"),
    (wav(TONE, "VORBIS", "OGG")[:-500], "cut off"),
])  # fmt: skip
def test_what_cannot_be_read_is_said(tmp_path, content, words):
    with pytest.raises(ClipError, match=words) as error:
        read(tmp_path, content)
    assert error.value.code == "clips_unreadable"


def test_a_constant_is_no_sound_and_stretches_without_any_are_measured(tmp_path):
    read(tmp_path, wav(np.full(RATE, 0.1)))
    assert read_clip(tmp_path / "clip").silent
    noise = np.random.default_rng(0).normal(0, 0.01, RATE)
    noise[RATE // 4 : RATE // 2] = 0.02
    noise[RATE * 3 // 4 : RATE * 3 // 4 + 3800] = 0  # 86 ms are a gap between words
    read(tmp_path, wav(noise))
    assert read_clip(tmp_path / "clip").muted_seconds == pytest.approx(0.25, abs=0.04)


def silent_project(folder: Path, silent: dict[str, int], labels=LABELS) -> tuple[Path, tuple[str, ...]]:
    """Six clips a label, of which so many are silent."""
    make_project(folder, clips=6)
    for label in labels:
        for number in range(6):
            sound = 0 * TONE if number < silent.get(label, 0) else TONE
            write_clip(folder, label, f"{number:02}", sound, RATE)
    return folder / "dataset", labels


def test_a_few_silent_clips_are_left_out_and_named(tmp_path, notices):
    clips = load_clips(index_clips(*silent_project(tmp_path, {"high": 2, "low": 5})))
    assert np.bincount(clips.labels).tolist() == [4, 1, 6]
    assert notices["clips_silent"]["count"] == 7 and "high/00.wav" in notices["clips_silent"]["names"]


def test_one_silent_label_stays_with_a_word_about_it(tmp_path, notices):
    clips = load_clips(index_clips(*silent_project(tmp_path, {"high": 6})))
    assert np.bincount(clips.labels).tolist() == [6, 6, 6]
    assert notices["label_silent"]["count"] == 6 and notices["label_silent"]["names"].startswith("high/00.wav")
    assert set(notices) == {"label_silent"}


def test_a_label_that_is_called_noise_may_be_silent(tmp_path, notices):
    clips = load_clips(index_clips(*silent_project(tmp_path, {"noise": 6})))
    assert np.bincount(clips.labels).tolist() == [6, 6, 6] and not notices


@pytest.mark.parametrize("silent", [
    {"high": 6, "low": 6, "noise": 6}, {"high": 6, "low": 6}, {"high": 6, "noise": 6},
])  # fmt: skip
def test_silent_labels_that_nothing_can_tell_apart_stop_the_training(tmp_path, notices, silent):
    with pytest.raises(MaiError) as error:
        load_clips(index_clips(*silent_project(tmp_path, silent)))
    assert error.value.code == "clips_all_silent"
    assert error.value.params["count"] == 6 * len(silent) and "high/00.wav" in error.value.params["names"]


def test_a_clip_that_was_muted_for_a_while_is_named(tmp_path, notices):
    make_project(tmp_path, clips=3)
    half = np.random.default_rng(0).normal(0, 0.1, RATE)
    half[: RATE // 2] = 0
    write_clip(tmp_path, "low", "half", half, RATE)
    write_clip(tmp_path, "noise", "half", half, RATE)
    clips = load_clips(index_clips(tmp_path / "dataset", LABELS))
    assert len(clips.labels) == 11
    assert notices["clips_partly_silent"]["names"] == "low/half.wav (0.5 of 1.0 s)"


def test_who_stays_when_labels_are_silent():
    assert judge_silence([0, 0, 1], [True, True, False], [True, True, False]).wordless == ()
    found = judge_silence([0, 0, 1, 1], [True, True, True, True], [True, True, True, True])
    assert found.is_hopeless and found.wordless == (0, 1) and len(found.left_out) == 4


def shared(case: str, folder: Path):
    project = read_project(unpack(case, folder))
    return project, index_clips(project.dataset, project.labels)


def test_shared_cases_with_silence_and_lengths_of_zero(tmp_path, notices):
    with pytest.raises(MaiError) as error:
        load_clips(shared("02", tmp_path / "silent")[1])
    assert (error.value.code, error.value.params["count"]) == ("clips_all_silent", 12)
    clips = load_clips(shared("11", tmp_path / "zero")[1])
    assert np.bincount(clips.labels).tolist() == [6, 6] and clips.samples.shape[1] > 0.47 * RATE
    assert clips.samples.std(axis=1).min() > 100 and not notices


def test_the_shared_case_of_floats_is_that_of_16_bits(tmp_path, notices):
    _, files = shared("09", tmp_path)
    floats = load_clips(files)
    for file in files:
        sound, rate = soundfile.read(file.path)
        soundfile.write(file.path, sound / 32768, rate, subtype="PCM_16")
    np.testing.assert_array_equal(load_clips(files).samples, floats.samples)
    assert np.bincount(floats.labels).tolist() == [4, 4] and not notices
