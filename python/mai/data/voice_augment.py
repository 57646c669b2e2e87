"""Twenty clips a word are few: each is heard again at another moment, speed and loudness, in other noise.

Two steps, so that an epoch is cheap. Once, before training: altered copies of every training clip as
features (`augmented_features`). In every batch: what costs nothing on features (`mask`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mai.data.voice_window import fit, window_samples
from mai.voice.features import MELS, features, log_mel, to_grey


@dataclass(frozen=True)
class Recipe:
    """How far a copy may be from its clip; all draws are uniform."""

    shift: float = 0.12  # of the clip's length, to either side
    speed: float = 0.12  # faster or slower by up to this share
    noisy: float = 0.75  # share of copies with noise mixed in
    snr_db: tuple[float, float] = (0.0, 30.0)  # of clip to noise
    gain_db: tuple[float, float] = (-12.0, 3.0)  # louder than full scale is cut off, as a microphone does
    colour_db: float = 4.0  # another microphone: smooth changes over the bands


def augmented_features(
    samples: np.ndarray, noise: np.ndarray, copies: int, rng: np.random.Generator, recipe: Recipe | None = None
) -> np.ndarray:
    """uint8 (clips, copies, 40, W) of int16 clips (clips, window); the first copy is the clip as it is.

    `noise`: int16 (any number, window) recordings to mix in, from the training side alone; where there
    are none, noise of a random colour is made up.
    """
    recipe = recipe or Recipe()
    frames = features(samples[:1]).shape[-1]
    longer = np.stack([fit(clip, int(frames * (1 + 2 * (recipe.shift + recipe.speed))) + 1) for clip in samples])
    pool = np.empty((len(samples), copies, MELS, frames), np.uint8)
    pool[:, 0] = features(samples)
    for copy in range(1, copies):
        sound = _moved(longer.astype(np.float32), window_samples(frames), rng, recipe)
        sound = _mixed(sound, noise, rng, recipe)
        sound *= _decibels(rng.uniform(*recipe.gain_db, (len(sound), 1)))
        heard = np.clip(np.rint(sound), -32768, 32767)
        pool[:, copy] = to_grey(log_mel(heard) + _colours(len(sound), rng, recipe.colour_db))
    return pool


def _moved(longer: np.ndarray, window: int, rng: np.random.Generator, recipe: Recipe) -> np.ndarray:
    """Another moment and another speed in one step: read between the samples, along a straight line."""
    clips = len(longer)
    factor = 1 + rng.uniform(-recipe.speed, recipe.speed, (clips, 1)).astype(np.float32)
    shift = rng.uniform(-recipe.shift, recipe.shift, (clips, 1)).astype(np.float32) * window
    place = (np.arange(window, dtype=np.float32) - window / 2) * factor + longer.shape[1] / 2 + shift
    place = np.clip(place, 0, longer.shape[1] - 2)
    left = place.astype(np.int64)
    before = np.take_along_axis(longer, left, axis=1)
    after = np.take_along_axis(longer, left + 1, axis=1)
    return before + (after - before) * (place - left)


def _mixed(sound: np.ndarray, noise: np.ndarray, rng: np.random.Generator, recipe: Recipe) -> np.ndarray:
    """Some clips with noise behind them, at a random distance in loudness."""
    clips, window = sound.shape
    if len(noise):
        chosen = noise[rng.integers(len(noise), size=clips)].astype(np.float32)
        background = np.stack([np.roll(row, by) for row, by in zip(chosen, rng.integers(window, size=clips), strict=True)])
    else:
        background = _made_up_noise(clips, window, rng)
    loudness = _rms(sound) * _decibels(-rng.uniform(*recipe.snr_db, (clips, 1))) / np.maximum(_rms(background), 1.0)
    noisy = rng.random((clips, 1)) < recipe.noisy
    return sound + background * np.where(noisy, loudness, 0).astype(np.float32)


def _made_up_noise(clips: int, window: int, rng: np.random.Generator) -> np.ndarray:
    """Noise whose power falls with frequency to a random power from 0 (white) to 2 (brown)."""
    spectrum = np.fft.rfft(rng.standard_normal((clips, window), dtype=np.float32))
    slope = rng.uniform(0.0, 1.0, (clips, 1))
    spectrum *= np.maximum(np.arange(spectrum.shape[1]), 1) ** -slope
    shaped = np.fft.irfft(spectrum, window)
    return (shaped / _rms(shaped) * 1000).astype(np.float32)


def _colours(clips: int, rng: np.random.Generator, most_db: float) -> np.ndarray:
    """(clips, 40, 1) to add to log-mel levels: five random points joined by straight lines over the bands."""
    points = rng.uniform(-most_db, most_db, (clips, 5)) * np.log(10) / 10
    bands = np.linspace(0, 4, MELS)
    low = np.minimum(bands.astype(int), 3)
    return (points[:, low] * (1 - (bands - low)) + points[:, low + 1] * (bands - low))[:, :, None]


def _rms(sound: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean(np.square(sound), axis=1, keepdims=True) + 1e-9)


def _decibels(value: np.ndarray) -> np.ndarray:
    return (10 ** (value / 20)).astype(np.float32)
