"""Synthesise sounds to mix into recordings: steady noise of any colour, knocks, clicks and beeps."""

from __future__ import annotations

import numpy as np

from mai.voice.features import SAMPLE_RATE

LOUDNESS = 1000.0  # root mean square of what is made here, on the scale of 16-bit samples
KNOCK_SECONDS = (0.01, 0.4)
KNOCK_HZ = (80.0, 8000.0)


def steady_noise(clips: int, window: int, rng: np.random.Generator) -> np.ndarray:
    """float32 (clips, window) whose power falls with frequency to a random power from 0 (white) to 2 (brown)."""
    octaves = _octaves(window)
    return _shaped(window, 2.0 ** -(rng.uniform(0.0, 1.0, (clips, 1)) * octaves), rng)


def picked(bank: np.ndarray, clips: int, rng: np.random.Generator) -> np.ndarray:
    """(clips, window): rows of the bank at random, each turned round by a random time, as float32."""
    window = bank.shape[1]
    rows, turns = rng.integers(len(bank), size=clips), rng.integers(window, size=clips)
    return np.stack([np.roll(bank[row], turn) for row, turn in zip(rows, turns, strict=True)]).astype(np.float32)


def knocks(clips: int, window: int, rng: np.random.Generator) -> np.ndarray:
    """float32 (clips, window), peak 1: one to three short sounds at random moments, silence between.

    Each is noise in a band of random place and width (a narrow one is a beep, a wide one a click) that
    starts at once and dies away.
    """
    times = np.arange(window, dtype=np.float32)
    sound = np.zeros((clips, window), np.float32)
    shortest, longest = np.log(KNOCK_SECONDS)
    for number in range(3):
        band = _band_noise(clips, window, rng)
        start = rng.uniform(0, window, (clips, 1)).astype(np.float32)
        length = np.exp(rng.uniform(shortest, longest, (clips, 1))).astype(np.float32) * SAMPLE_RATE
        since = np.maximum(times - start, 0)
        shape = np.where(times >= start, np.exp(-3 * since / length), 0).astype(np.float32)
        there = 1.0 if number == 0 else (rng.random((clips, 1)) < 0.5).astype(np.float32)
        sound += band * shape * there * rng.uniform(0.3, 1.0, (clips, 1)).astype(np.float32)
    return sound / np.maximum(np.abs(sound).max(axis=1, keepdims=True), 1e-6)


def rms(sound: np.ndarray) -> np.ndarray:
    """Root mean square (clips, 1)."""
    return np.sqrt(np.mean(np.square(sound), axis=1, keepdims=True))


def _band_noise(clips: int, window: int, rng: np.random.Generator) -> np.ndarray:
    octaves = _octaves(window)
    lowest, highest = np.log2(KNOCK_HZ)
    centre = rng.uniform(lowest, highest, (clips, 1))
    width = np.exp(rng.uniform(np.log(0.05), np.log(4.0), (clips, 1)))
    return _shaped(window, np.exp(-0.5 * ((octaves - centre) / width) ** 2), rng)


def _shaped(window: int, response: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """White noise through a filter (clips, bins), of the one loudness."""
    white = rng.standard_normal((len(response), _fft_size(window)), dtype=np.float32)
    sound = np.fft.irfft(np.fft.rfft(white) * response)[:, :window]
    return (sound / np.maximum(rms(sound), 1e-9) * LOUDNESS).astype(np.float32)


def _octaves(window: int) -> np.ndarray:
    """log2 of the frequency in Hz of every bin; below 1 Hz as at 1 Hz."""
    return np.log2(np.maximum(np.fft.rfftfreq(_fft_size(window), 1 / SAMPLE_RATE), 1.0))


def _fft_size(window: int) -> int:
    """The power of two above: a transform of any length can be many times slower."""
    return 1 << (window - 1).bit_length()
