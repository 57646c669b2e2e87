"""Sound files of every kind become clips of one length, or are named in a notice."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
import soundfile
from mai.data.audio import ClipError, read_clip
from mai.data.voice_clips import index_clips, load_clips
from mai.data.voice_window import choose_frames, fit, loudest_start, window_samples
from mai.errors import MaiError
from mai.voice.features import features, frame_count
from voice_project import LABELS, make_project, write_clip

RATE = 44_100


def tone(seconds: float = 1.0, rate: int = RATE, pitch: float = 440.0, peak: float = 0.3) -> np.ndarray:
    return peak * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)


def test_what_the_board_would_record_is_not_touched(tmp_path):
    samples = np.random.default_rng(0).integers(-32768, 32768, RATE, dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="PCM_16")
    np.testing.assert_array_equal(read_clip(tmp_path / "a.wav").samples, samples)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 32_000, 48_000, 96_000, 192_000])
def test_any_rate_becomes_44100(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", tone(rate=rate), rate)
    samples = read_clip(tmp_path / "a.wav").samples
    assert samples.dtype == np.int16 and abs(len(samples) - RATE) <= 1
    middle = slice(4410, -4410)
    np.testing.assert_allclose(samples[middle], (tone() * 32768)[: len(samples)][middle], atol=60)


@pytest.mark.parametrize(
    ("extension", "subtype"),
    [
        ("wav", "PCM_U8"),
        ("wav", "PCM_24"),
        ("wav", "PCM_32"),
        ("wav", "FLOAT"),
        ("wav", "DOUBLE"),
        ("wav", "ULAW"),
        ("flac", "PCM_16"),
        ("ogg", "VORBIS"),
        ("mp3", "MPEG_LAYER_III"),
        ("aiff", "PCM_16"),
    ],
)
def test_any_depth_and_packing(tmp_path, extension, subtype):
    file = tmp_path / f"a.{extension}"
    soundfile.write(file, tone(), RATE, subtype=subtype)
    samples = read_clip(file).samples.astype(float)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.3 * 32768 / 2**0.5, rel=0.06)


def test_stereo_is_the_mean_of_both_sides_and_the_extension_means_nothing(tmp_path):
    soundfile.write(tmp_path / "a.ogg", np.stack([tone(), 0 * tone()], axis=1), RATE, format="WAV")
    assert np.abs(read_clip(tmp_path / "a.ogg").samples.astype(int)).max() == pytest.approx(0.15 * 32768, rel=0.01)


def test_silence_and_clipping_are_seen(tmp_path):
    def read(sound: np.ndarray):
        soundfile.write(tmp_path / "a.wav", sound, RATE)
        return read_clip(tmp_path / "a.wav")

    assert read(0 * tone()).silent and read(tone(peak=1e-4)).silent
    assert not read(tone(peak=1e-3)).silent
    assert read(np.clip(tone(peak=2.0), -1, 1)).clipped
    assert not read(tone(peak=1.0)).clipped and not read(tone()).clipped
    lowest = np.where(np.arange(RATE) % 2, -32768, 32767).astype(np.int16)
    soundfile.write(tmp_path / "b.wav", lowest, RATE)
    assert not read_clip(tmp_path / "b.wav").silent


def header(rate: int = RATE, channels: int = 1, data_bytes: int = 0, bits: int = 16) -> bytes:
    """A WAV header with the given values, true or not."""
    block = (channels * bits // 8) & 0xFFFF
    packing = struct.pack("<HHIIHH", 1, channels, rate, (rate * block) & 0xFFFFFFFF, block, bits)
    return (
        b"RIFF"
        + struct.pack("<I", (36 + data_bytes) & 0xFFFFFFFF)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + packing
        + b"data"
        + struct.pack("<I", data_bytes)
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "clips_unreadable"),
        (b"RIFF", "clips_unreadable"),
        (b"not a sound at all" * 100, "clips_unreadable"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, "clips_unreadable"),
        (header(data_bytes=0xFFFFFFF0) + b"\1\0" * 100, "clips_too_short"),
        (header(data_bytes=0), "clips_too_short"),
        (header(rate=0, data_bytes=88_200) + b"\1\0" * RATE, "clips_unreadable"),
        (header(rate=4_000_000_000, data_bytes=88_200) + b"\1\0" * RATE, "clips_unreadable"),
        (header(rate=100, data_bytes=88_200) + b"\1\0" * RATE, "clips_unreadable"),
        (header(channels=65_535, data_bytes=88_200) + b"\1\0" * RATE, "clips_unreadable"),
        (header(channels=0, data_bytes=88_200) + b"\1\0" * RATE, "clips_unreadable"),
        (header(channels=9, data_bytes=882_000) + b"\1\0" * RATE * 9, "clips_unreadable"),
        (header(bits=0, data_bytes=88_200) + b"\1\0" * RATE, "clips_unreadable"),
        (header(data_bytes=31 * 88_200) + b"\1\0" * (31 * RATE), "clips_too_long"),
        (header(data_bytes=17_640) + b"\1\0" * 8_820, "clips_too_short"),
    ],
)
def test_headers_that_lie_and_files_that_are_no_sound(tmp_path, content, code):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(ClipError) as error:
        read_clip(tmp_path / "a.wav")
    assert error.value.code == code and str(error.value)


def test_a_header_that_promises_more_than_there_is_gives_what_there_is(tmp_path):
    samples = (tone() * 32768).astype("<i2")
    (tmp_path / "a.wav").write_bytes(header(data_bytes=200_000) + samples.tobytes())
    np.testing.assert_array_equal(read_clip(tmp_path / "a.wav").samples, samples)


def test_numbers_that_are_no_sound(tmp_path):
    sound = tone()
    sound[100] = np.nan
    soundfile.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    with pytest.raises(ClipError, match="no sound"):
        read_clip(tmp_path / "a.wav")
    soundfile.write(tmp_path / "b.wav", tone(peak=50.0), RATE, subtype="FLOAT")
    assert np.abs(read_clip(tmp_path / "b.wav").samples.astype(int)).max() == 32768


def test_damaged_files_never_do_more_than_be_left_out(tmp_path):
    soundfile.write(tmp_path / "a.flac", tone(0.5), RATE)
    good = (tmp_path / "a.flac").read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(150):
        bad = bytearray(good[: rng.integers(20, len(good))])
        for place in rng.integers(0, len(bad), 8):
            bad[place] = rng.integers(256)
        (tmp_path / "b.flac").write_bytes(bad)
        with contextlib.suppress(ClipError):
            assert len(read_clip(tmp_path / "b.flac").samples) <= 30 * RATE


def test_only_the_folders_of_labels_count(tmp_path, notices):
    make_project(tmp_path, clips=2)
    sound = tmp_path / "dataset" / "sound"
    for folder in ("other", "null"):
        write_clip(tmp_path, folder, "00", tone(), RATE)
    (sound / "empty").mkdir()
    (sound / "high" / ".hidden.wav").write_bytes(b"x")
    (sound / "high" / "Thumbs.db").write_text("x")
    (sound / "high" / "link.wav").symlink_to(sound / "low" / "00.wav")
    (sound / "high" / "folder.wav").mkdir()
    (tmp_path / "dataset" / "mfcc").mkdir()
    files = index_clips(tmp_path / "dataset", (*LABELS, "../other", "without folder"))
    assert [file.name for file in files] == sorted(
        f"dataset/sound/{label}/0{number}.wav" for label in LABELS for number in range(2)
    )
    assert {file.label for file in files} == {0, 1, 2}
    assert {code: notice["folder"] for code, notice in notices.items()} == {"clips_not_a_label": "other"}


def test_too_few_labels_and_no_sound_at_all(tmp_path):
    (tmp_path / "dataset").mkdir()
    for labels, code in ((("a",), "too_few_labels"), (("a", "b"), "sound_missing")):
        with pytest.raises(MaiError) as error:
            index_clips(tmp_path / "dataset", labels)
        assert error.value.code == code


def test_every_trouble_is_reported_once_with_names(tmp_path, notices):
    make_project(tmp_path, clips=3)
    sound = tmp_path / "dataset" / "sound" / "high"
    (sound / "broken.wav").write_bytes(b"RIFF")
    for name, clip in {
        "long": tone(31),
        "short": tone(0.1),
        "silent": 0 * tone(),
        "loud": np.clip(tone(peak=3), -1, 1),
    }.items():
        write_clip(tmp_path, "high", name, clip, RATE)
    clips = load_clips(index_clips(tmp_path / "dataset", LABELS))
    assert len(clips.labels) == 10 and clips.samples.shape == (10, window_samples(clips.frames))
    assert {code: notice["count"] for code, notice in notices.items()} == {
        "clips_unreadable": 1,
        "clips_too_long": 1,
        "clips_too_short": 1,
        "clips_silent": 1,
        "clips_clipped": 1,
        "clips_unequal": 1,
    }
    assert notices["clips_too_long"]["names"] == "high/long.wav (31 s)"
    assert (notices["clips_unequal"]["shortest"], notices["clips_unequal"]["window"]) == (1.0, 0.5)


def test_a_label_of_silence_keeps_its_clips(tmp_path, notices):
    make_project(tmp_path, clips=2)
    for number in range(3):
        write_clip(tmp_path, "silence", str(number), 0 * tone(0.5), RATE)
    clips = load_clips(index_clips(tmp_path / "dataset", (*LABELS, "silence")))
    assert (clips.labels == 3).sum() == 3 and not notices


def test_clips_of_all_lengths_get_the_common_one(tmp_path):
    assert choose_frames([44_100, 48_000, 20_000]) == frame_count(44_100)
    assert choose_frames([5000]) == 9 and choose_frames([10**9]) == frame_count(441_000)
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 30, 3 * RATE).astype(np.int16)
    word = noise.copy()
    word[2 * RATE : 2 * RATE + 8820] += (9000 * np.sin(np.arange(8820) / 10)).astype(np.int16)
    window = window_samples(48)
    cut = fit(word, 48)
    start = loudest_start(word, window)
    np.testing.assert_array_equal(cut, word[start : start + window])
    assert start <= 2 * RATE and start + window >= 2 * RATE + 8820, "all of the word is in the window"
    centre = 2 * RATE + 4410 - start
    assert abs(centre - window / 2) < 0.15 * window, "and in its middle"
    filled = fit(noise[:15_000], 48)
    assert len(filled) == window and (filled == 0).mean() < 0.05
    assert frame_count(window) == 48


def test_filling_a_short_clip_does_not_move_the_range_of_grey_as_zeros_would():
    rng = np.random.default_rng(0)
    whole = rng.normal(0, 40, RATE)
    whole[15_000:25_000] += 6000 * np.sin(np.arange(10_000) / 8)
    whole = np.rint(whole).astype(np.int16)
    word = whole[12_000:28_000]
    zeros = np.pad(word, (RATE - len(word)) // 2)
    loudest = [int(np.quantile(features(clip), 0.2)) for clip in (whole, fit(word, 48), zeros)]
    assert abs(loudest[1] - loudest[0]) < 25 < abs(loudest[2] - loudest[0]), loudest
