"""Compute the board's features: 16-bit sound at 44.1 kHz → a grey picture of 40 mel bands.

Every number and every oddity here (the pre-emphasis after the window, the integer mel step, the last
filter without its centre) is the board's: docs/ide-contract.md § Voice on kidbright-mai. The
board's own output for four signals is a test.
"""

from __future__ import annotations

from functools import cache

import numpy as np

SAMPLE_RATE = 44_100  # Hz, the only rate the board records at
FRAME = 1764  # samples: 40 ms
HOP = 882  # samples: 20 ms
FFT = 2048
MELS = 40
LOW_HZ, HIGH_HZ = 20.0, 8000.0
PRE_EMPHASIS = 0.95
POWER_FLOOR = 1e-50
CHANNELS = 3  # the grey picture, repeated
MIN_WIDTH = 8  # frames: three 2×2 poolings must leave one

_CHUNK_FRAMES = 512  # frames computed at once: 7 MB of float64, which fits the processor's cache


def frame_count(samples: int) -> int:
    """Width W of the features of a clip: int((n − 1764) / 882), 0 for what is shorter than a frame."""
    return max(0, (samples - FRAME) // HOP)


def features(signals: np.ndarray) -> np.ndarray:
    """uint8 features (..., 40, W) of one clip or of many clips of one length.

    `signals`: (..., samples) at 44.1 kHz, int16 or floats on the same scale (full scale 32767).
    The minimum and the maximum that become 0 and 255 are those of a whole clip.
    """
    return to_grey(log_mel(signals))


def log_mel(signals: np.ndarray) -> np.ndarray:
    """Natural logarithm of the 40 mel filter sums, float64 (..., 40, W)."""
    width = frame_count(signals.shape[-1])
    if width == 0:
        raise ValueError(f"{signals.shape[-1]} samples are less than two frames ({FRAME + HOP} samples)")
    clips = signals.reshape(-1, signals.shape[-1])
    bins, weights = mel_filters()
    levels = np.empty((len(clips), MELS, width))
    step = max(1, _CHUNK_FRAMES // width)
    for start in range(0, len(clips), step):
        chunk = clips[start : start + step].astype(np.float64)
        frames = np.lib.stride_tricks.sliding_window_view(chunk, FRAME, axis=-1)[:, ::HOP][:, :width]
        windowed = frames * hamming()
        emphasised = windowed.copy()
        emphasised[..., 1:] -= PRE_EMPHASIS * windowed[..., :-1]
        spectrum = np.fft.rfft(emphasised, FFT)[..., :bins]
        power = np.maximum(spectrum.real**2 + spectrum.imag**2, POWER_FLOOR)
        levels[start : start + step] = np.log(power @ weights).transpose(0, 2, 1)
    return levels.reshape(*signals.shape[:-1], MELS, width)


def to_grey(levels: np.ndarray) -> np.ndarray:
    """Min–max of each clip (..., 40, W) to 0..255, cut to uint8; a flat clip becomes zeros."""
    low = levels.min(axis=(-2, -1), keepdims=True)
    span = levels.max(axis=(-2, -1), keepdims=True) - low
    flat = span == 0
    return np.where(flat, 0, (levels - low) / np.where(flat, 1, span) * 255).astype(np.uint8)


def network_input(grey: np.ndarray) -> np.ndarray:
    """uint8 (clips, 40, W) → float32 (clips, 3, 40, W), x = (v − 127.5) / 128."""
    x = (grey.astype(np.float32) - 127.5) / 128
    return np.repeat(x[:, None], CHANNELS, axis=1)


@cache
def hamming() -> np.ndarray:
    """Hamming, over 1764 and not 1763 steps."""
    return 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)


@cache
def mel_filters() -> tuple[int, np.ndarray]:
    """How many FFT bins are needed, and their weights (bins, 40).

    mel(f) = 1125·ln(1 + f/700); the step between two filters is a whole number of mel. The rising side
    leaves out its first bin, the falling side ends on zero, and the last filter has no falling side.
    """
    low, high = (1125 * np.log(1 + hz / 700) for hz in (LOW_HZ, HIGH_HZ))
    mel = low + np.arange(MELS + 2) * ((high - low) // MELS)
    edges = np.floor(FFT * 700 * (np.exp(mel / 1125) - 1) / SAMPLE_RATE).astype(int)
    weights = np.zeros((edges[-1] + 1, MELS))
    for index in range(MELS):
        left, centre, right = edges[index : index + 3]
        rising = np.arange(left + 1, centre)
        weights[rising, index] = (rising - left) / (centre - left)
        if index < MELS - 1:
            falling = np.arange(centre, right + 1)
            weights[falling, index] = (falling - right) / (centre - right)
    return len(weights), weights
