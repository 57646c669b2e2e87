"""Augment clips, because twenty per word are few: another moment, speed, loudness and background noise.

There are two steps, so that an epoch is cheap. Once, before training: altered copies of every training clip,
as features (`augmented_features`). In every batch: what costs next to nothing on features (`mask`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mai.data.voice_sounds import knocks, picked, rms, steady_noise
from mai.data.voice_window import fit, window_samples
from mai.voice.features import MELS, features, log_mel, to_grey

BANK = 64  # made-up sounds of a kind; each is used again at other moments


@dataclass(frozen=True)
class Recipe:
    """How far a copy may be from its clip; all draws are uniform."""

    shift: float = 0.12  # of the clip's length, to either side
    speed: float = 0.12  # faster or slower by up to this share
    noisy: float = 0.75  # share of copies with noise mixed in
    snr_db: tuple[float, float] = (0.0, 30.0)  # of clip to noise
    gain_db: tuple[float, float] = (-12.0, 3.0)  # louder than full scale is cut off, as a microphone does
    colour_db: float = 4.0  # another microphone: smooth changes over the bands
    knocked: float = 0.3  # share of copies of a word with a knock, a click or a beep in it
    knocked_noise: float = 0.7  # of a noise
    knock_db: tuple[float, float] = (-25.0, 0.0)  # loudest moment of the knock to the loudest of the word
    knock_noise_db: tuple[float, float] = (-10.0, 30.0)  # to that of the noise


def augmented_features(
    samples: np.ndarray,
    is_noise: np.ndarray,
    copies: int,
    rng: np.random.Generator,
    recipe: Recipe | None = None,
    noise: np.ndarray | None = None,
) -> np.ndarray:
    """uint8 (clips, copies, 40, W) of int16 clips (clips, window); the first copy is the clip as it is.

    `is_noise` (clips,): clips of a label that means "no word". They are what is mixed into the others, so
    they must be of the training side alone; where there are none, noise is made up. `noise`: clips instead of them.
    """
    recipe = recipe or Recipe()
    plain = features(samples)
    frames = plain.shape[-1]
    longer = np.stack([fit(clip, int(frames * (1 + 2 * (recipe.shift + recipe.speed))) + 1) for clip in samples])
    window = window_samples(frames)
    if noise is None:
        noise = samples[is_noise] if is_noise.any() else steady_noise(BANK, window, rng)
    knocking = knocks(BANK, window, rng)
    pool = np.empty((len(samples), copies, MELS, frames), np.uint8)
    pool[:, 0] = plain
    for copy in range(1, copies):
        sound = _moved(longer, window, rng, recipe)
        sound = _with_noise(sound, noise, rng, recipe)
        sound = _with_knocks(sound, knocking, is_noise, rng, recipe)
        sound *= _decibels(rng.uniform(*recipe.gain_db, (len(sound), 1)))
        recorded = np.clip(np.rint(sound), -32768, 32767)
        pool[:, copy] = to_grey(log_mel(recorded) + _colours(len(sound), rng, recipe.colour_db))
    return pool


def _moved(longer: np.ndarray, window: int, rng: np.random.Generator, recipe: Recipe) -> np.ndarray:
    """float32: shift and change of speed in one step, by linear interpolation between the samples."""
    clips = len(longer)
    factor = 1 + rng.uniform(-recipe.speed, recipe.speed, (clips, 1)).astype(np.float32)
    shift = rng.uniform(-recipe.shift, recipe.shift, (clips, 1)).astype(np.float32) * window
    place = (np.arange(window, dtype=np.float32) - window / 2) * factor + longer.shape[1] / 2 + shift
    place = np.clip(place, 0, longer.shape[1] - 2)
    left = place.astype(np.int64)
    before = np.take_along_axis(longer, left, axis=1).astype(np.float32)
    after = np.take_along_axis(longer, left + 1, axis=1)
    return before + (after - before) * (place - left)


def _with_noise(sound: np.ndarray, noise: np.ndarray, rng: np.random.Generator, recipe: Recipe) -> np.ndarray:
    """Mix noise into some clips, at a random difference in loudness."""
    each = (len(sound), 1)
    background = picked(noise, len(sound), rng)
    level = rms(sound) * _decibels(-rng.uniform(*recipe.snr_db, each)) / np.maximum(rms(background), 1.0)
    return sound + background * (level * (rng.random(each) < recipe.noisy))


def _with_knocks(
    sound: np.ndarray, knocking: np.ndarray, is_noise: np.ndarray, rng: np.random.Generator, recipe: Recipe
) -> np.ndarray:
    """Mix knocks into some clips: in noise a knock may be the loudest sound, in a word it may not drown the word."""
    flag = is_noise[:, None]
    share = np.where(flag, recipe.knocked_noise, recipe.knocked)
    decibels = np.where(
        flag, rng.uniform(*recipe.knock_noise_db, flag.shape), rng.uniform(*recipe.knock_db, flag.shape)
    )
    peak = np.abs(sound).max(axis=1, keepdims=True) * _decibels(decibels) * (rng.random(flag.shape) < share)
    return sound + picked(knocking, len(sound), rng) * peak


def _colours(clips: int, rng: np.random.Generator, most_db: float) -> np.ndarray:
    """(clips, 40, 1) to add to log-mel levels: five random points joined by straight lines over the bands."""
    points = rng.uniform(-most_db, most_db, (clips, 5)) * np.log(10) / 10
    bands = np.linspace(0, 4, MELS)
    low = np.minimum(bands.astype(int), 3)
    return (points[:, low] * (1 - (bands - low)) + points[:, low + 1] * (bands - low))[:, :, None]


def _decibels(value: np.ndarray) -> np.ndarray:
    return (10 ** (value / 20)).astype(np.float32)
