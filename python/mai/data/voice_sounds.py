"""Synthesise sounds to mix into recordings: steady noise of any colour, knocks, clicks and beeps."""

from __future__ import annotations

from functools import cache, partial
from math import ceil

import numpy as np
from numpy.typing import NDArray
from spnn.run.side_by_side import side_by_side

from mai.voice.features import SAMPLE_RATE

Sound = NDArray[np.float32]

LOUDNESS = 1000.0  # root mean square of what is made here, on the scale of 16-bit samples
KNOCK_SECONDS = (0.01, 0.4)
KNOCK_HZ = (80.0, 8000.0)
FADED = 3  # times its length: a knock is 78 dB softer than it began, and ends
SHORTEST_FFT = 4096  # bins of 11 Hz: the narrowest band of a knock still holds one


def steady_noise(clips: int, window: int, rng: np.random.Generator) -> Sound:
    """float32 (clips, window) whose power falls with frequency to a random power from 0 (white) to 2 (brown)."""
    return np.stack(side_by_side(partial(_steady, window), rng.spawn(clips)))


def knocks(clips: int, window: int, rng: np.random.Generator) -> Sound:
    """float32 (clips, window), peak 1: one to three short sounds at random moments, silence between.

    Each is noise in a band of random place and width (a narrow one is a beep, a wide one a click) that
    starts at once and dies away.
    """
    return np.stack([_knocking(window, own) for own in rng.spawn(clips)])


def rms(sound: np.ndarray) -> np.ndarray:
    """Root mean square (clips, 1)."""
    return np.sqrt(np.mean(np.square(sound, dtype=np.float32), axis=1, keepdims=True))


def _steady(window: int, rng: np.random.Generator) -> Sound:
    size = _fft_size(window)
    sound = _shaped(2.0 ** -(np.float32(rng.uniform(0.0, 1.0)) * _octaves(size)), rng)[:window]
    return sound * np.float32(LOUDNESS / max(rms(sound[None]).item(), 1e-9))


def _knocking(window: int, rng: np.random.Generator) -> Sound:
    sound = np.zeros(window, np.float32)
    shortest, longest = np.log(KNOCK_SECONDS)
    for number in range(3):
        if number and rng.random() < 0.5:
            continue
        start = int(rng.integers(window))
        length = float(np.exp(rng.uniform(shortest, longest))) * SAMPLE_RATE
        piece = sound[start : start + ceil(FADED * length)]
        fading = np.exp(np.arange(len(piece), dtype=np.float32) * np.float32(-3 / length))
        piece += _band_noise(len(piece), rng) * fading * np.float32(rng.uniform(0.3, 1.0))
    return sound / max(np.abs(sound).max(), np.float32(1e-6))


def _band_noise(samples: int, rng: np.random.Generator) -> Sound:
    size = max(_fft_size(samples), SHORTEST_FFT)
    lowest, highest = np.log2(KNOCK_HZ)
    centre = np.float32(rng.uniform(lowest, highest))
    width = np.float32(np.exp(rng.uniform(np.log(0.05), np.log(4.0))))
    sound = _shaped(np.exp(np.float32(-0.5) * ((_octaves(size) - centre) / width) ** 2), rng)
    return sound[:samples] / np.maximum(rms(sound[None])[0], np.float32(1e-9))


def _shaped(response: Sound, rng: np.random.Generator) -> Sound:
    """White noise through a filter (bins,), which begins again seamlessly where it ends."""
    white = rng.standard_normal((len(response), 2), dtype=np.float32).view(np.complex64)[:, 0]
    return np.asarray(np.fft.irfft(white * response), np.float32)


@cache
def _octaves(size: int) -> Sound:
    """log2 of the frequency in Hz of every bin of a transform; below 1 Hz as at 1 Hz."""
    return np.log2(np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 1.0)).astype(np.float32)


def _fft_size(window: int) -> int:
    """The power of two above: a transform of any length can be many times slower."""
    return 1 << (window - 1).bit_length()
