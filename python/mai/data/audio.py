"""Decode one sound file to mono 16-bit samples at the board's 44.1 kHz, whatever recorded it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from mai.data.file_kind import HEAD_BYTES, kind_of
from mai.data.full_scale import to_mono, within_full_scale
from mai.data.wav_header import with_length
from mai.voice.features import HOP, SAMPLE_RATE

FULL_SCALE = 32_768  # of 16-bit samples
MAX_SECONDS = 30.0  # of one clip of a data set
MIN_SECONDS = 0.25  # ten frames: one more than the least that the network takes after the board's cut
MAX_RATE, MIN_RATE = 192_000, 4_000  # Hz
MAX_CHANNELS = 8
UNKNOWN_FRAMES = 1 << 62  # libsndfile says more than this of a file that was streamed and does not say
# By content, never by extension.
FORMATS = ("WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "AIFF", "CAF", "AU")
FORMATS_IN_WORDS = ", ".join(name for name in FORMATS if name not in ("WAVEX", "RF64", "W64"))  # kinds of WAV
FLOATS = ("FLOAT", "DOUBLE")

SILENT_PEAK = 8  # of 32768 (−72 dB) around the mean: a microphone that is switched on is louder than that
MUTED_HOPS = 5  # 20 ms each: a shorter gap can lie between two words of a program that takes noise away
CLIPPED_SHARE = 0.001
_CLIPPED_LEVEL = 0.999


@dataclass(frozen=True)
class Clip:
    """`samples`: int16 at 44.1 kHz. `clipped`: recorded so loud that the tops of the waves are cut off."""

    samples: np.ndarray
    clipped: bool

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    @property
    def silent(self) -> bool:
        """A constant value is silence too: some microphones write one other than 0 while they are switched off."""
        return int(self.samples.max()) - int(self.samples.min()) <= 2 * SILENT_PEAK

    @property
    def muted_seconds(self) -> float:
        """How much of the clip lies in stretches of at least MUTED_HOPS without any sound."""
        hops = self.samples[: len(self.samples) // HOP * HOP].reshape(-1, HOP).astype(np.int32)
        quiet = np.concatenate([[False], np.ptp(hops, axis=1) <= 2 * SILENT_PEAK, [False]]).astype(np.int8)
        begins, ends = np.flatnonzero(np.diff(quiet) == 1), np.flatnonzero(np.diff(quiet) == -1)
        lengths = ends - begins
        return float(lengths[lengths >= MUTED_HOPS].sum() * HOP / SAMPLE_RATE)


class ClipError(Exception):
    """Why one clip cannot be used, in a few words; `code` is the notice's."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def read_clip(path: Path, max_seconds: float = MAX_SECONDS) -> Clip:
    """Decode, mix to mono, resample to 44.1 kHz and round to 16 bits. Raises ClipError.

    The header is checked before anything is decoded. At most `max_seconds` are decoded, whatever it says.
    """
    try:
        with soundfile.SoundFile(with_length(path)) as file:
            _check_header(file, max_seconds)
            rate, kind, is_float = file.samplerate, file.format, file.subtype in FLOATS
            sound = _decode(file, int(max_seconds * rate))
    except (soundfile.SoundFileError, OSError, RuntimeError, ValueError, TypeError) as reason:
        raise ClipError("clips_unreadable", _why(path, reason)) from None
    except MemoryError:
        raise ClipError("clips_too_long", "it does not fit in memory") from None
    if not np.isfinite(sound).all():
        raise ClipError("clips_unreadable", "it holds numbers that are no sound")
    if kind == "OGG" and not len(sound):  # its length stands at its end
        raise ClipError("clips_unreadable", "it is cut off or damaged")
    if len(sound) < MIN_SECONDS * rate:
        raise ClipError("clips_too_short", f"{len(sound) / rate:.2f} s")
    if is_float:
        sound = within_full_scale(sound)
    mono = to_mono(sound)
    if rate != SAMPLE_RATE:
        mono = soxr.resample(mono, rate, SAMPLE_RATE, quality="HQ")
    samples = np.clip(np.rint(mono * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    return Clip(samples, _is_clipped(sound))


def _check_header(file: soundfile.SoundFile, max_seconds: float) -> None:
    if file.format not in FORMATS:
        raise ClipError("clips_unreadable", f"the format {file.format}")
    if not MIN_RATE <= file.samplerate <= MAX_RATE:
        raise ClipError("clips_unreadable", f"{file.samplerate} samples a second")
    if file.channels > MAX_CHANNELS:
        raise ClipError("clips_unreadable", f"{file.channels} channels")
    if file.frames > UNKNOWN_FRAMES:
        raise ClipError("clips_unreadable", "its length is not written in it")
    if file.frames > max_seconds * file.samplerate:
        raise ClipError("clips_too_long", f"{file.frames / file.samplerate:.0f} s")


def _decode(file: soundfile.SoundFile, most: int) -> np.ndarray:
    """float32 (frames, channels), decoded second by second: memory grows with the data, not with the header's claim."""
    blocks: list[np.ndarray] = []
    frames = 0
    while frames < most:
        block = file.read(min(file.samplerate, most - frames), dtype="float32", always_2d=True)
        if not len(block):
            break
        blocks.append(block)
        frames += len(block)
    return np.concatenate(blocks) if blocks else np.empty((0, 1), np.float32)


def _is_clipped(sound: np.ndarray) -> bool:
    """Neighbours of the same value at full scale: the top of a wave was cut off."""
    cut = (np.abs(sound[1:]) >= _CLIPPED_LEVEL) & (sound[1:] == sound[:-1])
    return bool(cut.mean() > CLIPPED_SHARE)


def _why(path: Path, reason: Exception) -> str:
    """Names the formats of phones and browsers; for all others, libsndfile's own message."""
    try:
        with path.open("rb") as file:
            kind = kind_of(file.read(HEAD_BYTES))
    except OSError:
        kind = None
    return f"it is {kind}" if kind else _first_line(reason)


def _first_line(reason: Exception) -> str:
    """libsndfile's own words without the path that precedes them."""
    text = str(getattr(reason, "error_string", None) or reason) or type(reason).__name__
    return text.splitlines()[0][:120]
