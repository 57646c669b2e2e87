"""Repair two faults of sounds: float samples beyond full scale, and stereo channels that cancel each other out."""

from __future__ import annotations

import numpy as np

INTEGER_SCALES = (2.0**15, 2.0**23, 2.0**31)  # of 16, 24 and 32 bits
EIGHT_BITS = 2.0**7
QUIET = 8.0  # whole numbers up to here are the rest noise of a 16-bit recording and no 8-bit sound
CANCELLED = 0.1  # a mix with less than this share of its loudest channel's energy has lost the sound


def within_full_scale(sound: np.ndarray) -> np.ndarray:
    """float32 samples of a float file, scaled to ±1 if they lie beyond.

    What a 16-bit file cannot hold is dropped, as if the sound had been divided and saved with 16 bits before it was
    sent: the features are sensitive enough in quiet parts to tell the two apart. (libsndfile rounds to 32 bits and
    cuts those to 16.)
    """
    scale = full_scale(sound)
    if scale != INTEGER_SCALES[0] or bool((np.rint(sound) == sound).all()):
        return sound / np.float32(scale)
    of_32_bits = np.rint(sound.astype(np.float64) / scale * 2**31)
    return (np.floor(of_32_bits / 2**16) / 2**15).astype(np.float32)


def full_scale(sound: np.ndarray) -> float:
    """The divisor that brings the samples of a float file within ±1.

    Some programs save integers as floats and forget to divide. If the samples are whole numbers, they reveal the
    scale; otherwise only their size does. A few times full scale means a sound that was made too loud: then its
    own peak is the scale.
    """
    peak = float(np.abs(sound).max(initial=0.0))
    if peak <= 1:
        return 1.0
    is_whole = bool((np.rint(sound) == sound).all())
    if is_whole and peak <= QUIET:
        return INTEGER_SCALES[0]
    if peak <= EIGHT_BITS:
        return EIGHT_BITS if is_whole else peak
    return next((scale for scale in INTEGER_SCALES if peak <= scale), peak)


def to_mono(sound: np.ndarray) -> np.ndarray:
    """(frames, channels) → (frames,): the mean, or the loudest channel where the channels cancel each other out.

    A cable with swapped wires records the second channel inverted: the mean of both channels is silence.
    """
    mono = sound.mean(axis=1)
    energy = np.square(sound, dtype=np.float64).sum(axis=0)
    if np.square(mono, dtype=np.float64).sum() < CANCELLED * energy.max():
        return np.ascontiguousarray(sound[:, int(energy.argmax())])
    return mono
