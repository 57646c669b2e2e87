"""Augment clips, because twenty per word are few: another moment, speed, loudness and background noise.

There are two steps, so that an epoch is cheap. Once, before training: altered copies of every training clip,
as features (`augmented_features`). In every batch: what costs next to nothing on features (`mask`).

The copies are the same however many threads share the work: all is drawn before, and the pieces of work do not depend
on the number of threads. A training that resumes with more or fewer of them goes on with the copies it began with.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from spnn.run.side_by_side import side_by_side
from torch import Tensor

from mai.data.voice_levels import pieces, quick_levels
from mai.data.voice_sounds import knocks, rms, steady_noise
from mai.data.voice_window import fit, window_samples
from mai.voice.features import MELS, frame_count, to_grey

BANK = 64  # made-up sounds of a kind; each is used again at other moments
PERIOD = 1 << 16  # samples (1.5 s) after which made-up noise begins again, without a seam


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


@dataclass(frozen=True)
class Behind:
    """What is mixed into clips. A row goes on with its beginning where it ends.

    `noise`: int16 or float32 (rows, samples), `loudness`: the root mean square of each row. `knocking`: float32
    (rows, samples) of peak 1.
    """

    noise: Tensor
    loudness: Tensor
    knocking: Tensor


@dataclass(frozen=True)
class Mixed:
    """What of a bank is mixed into each copy (all (n,)): its row, the sample it begins with, and how loud.

    `factors`: times the loudness of the clip; 0: nothing.
    """

    rows: np.ndarray
    turns: np.ndarray
    factors: np.ndarray


@dataclass(frozen=True)
class Changes:
    """How n copies differ from their clips: each float64 (n,), `colours` (n, 5)."""

    speeds: np.ndarray
    shifts: np.ndarray  # samples
    noise: Mixed
    knocks: Mixed
    gains: np.ndarray
    colours: np.ndarray  # decibels of five points over the bands


def sounds_behind(samples: np.ndarray, is_noise: np.ndarray, rng: np.random.Generator) -> Behind:
    """Of int16 clips (clips, window) those of a label that means "no word" (`is_noise`); without any, noise is made up.

    They must be of the training side alone.
    """
    noise = samples[is_noise] if is_noise.any() else steady_noise(BANK, PERIOD, rng)
    loudness = torch.tensor([rms(row[None]).item() for row in noise])
    return Behind(torch.from_numpy(noise), loudness, torch.from_numpy(knocks(BANK, samples.shape[1], rng)))


def augmented_features(
    samples: np.ndarray,
    plain: np.ndarray,
    is_noise: np.ndarray,
    copies: int,
    behind: Behind,
    rng: np.random.Generator,
    recipe: Recipe | None = None,
) -> np.ndarray:
    """uint8 (clips, copies, 40, W) of int16 clips (clips, window); the first copy is `plain`, the clip as it is."""
    recipe = recipe or Recipe()
    frames = frame_count(samples.shape[1])
    window, reach = window_samples(frames), int(frames * (1 + 2 * (recipe.shift + recipe.speed))) + 1
    longer = np.stack([fit(clip, reach) for clip in samples])
    rows = np.repeat(np.arange(len(samples)), copies - 1)
    changes = drawn_changes(is_noise[rows], window, behind, rng, recipe)
    altered = np.empty((len(rows), MELS, frames), np.uint8)

    def alter(part: slice) -> None:
        altered[part] = changed_features(torch.from_numpy(longer[rows[part]]), window, part_of(changes, part), behind)

    side_by_side(alter, pieces(len(rows), window))
    return np.concatenate([plain[:, None], altered.reshape(len(samples), copies - 1, MELS, frames)], axis=1)


def drawn_changes(
    is_noise: np.ndarray, window: int, behind: Behind, rng: np.random.Generator, recipe: Recipe
) -> Changes:
    """One for each copy; `is_noise` (copies,): in noise a knock may be the loudest sound, it may not drown a word."""
    count = len(is_noise)

    def mixed(bank: Tensor, decibels: np.ndarray, share: np.ndarray | float) -> Mixed:
        rows, turns = rng.integers(len(bank), size=count), rng.integers(bank.shape[1], size=count)
        return Mixed(rows, turns, _factors(decibels) * (rng.random(count) < share))

    knock_db = np.where(is_noise, rng.uniform(*recipe.knock_noise_db, count), rng.uniform(*recipe.knock_db, count))
    return Changes(
        speeds=1 + rng.uniform(-recipe.speed, recipe.speed, count),
        shifts=rng.uniform(-recipe.shift, recipe.shift, count) * window,
        noise=mixed(behind.noise, -rng.uniform(*recipe.snr_db, count), recipe.noisy),
        knocks=mixed(behind.knocking, knock_db, np.where(is_noise, recipe.knocked_noise, recipe.knocked)),
        gains=_factors(rng.uniform(*recipe.gain_db, count)),
        colours=rng.uniform(-recipe.colour_db, recipe.colour_db, (count, 5)),
    )


def part_of(changes: Changes, part: slice) -> Changes:
    """Those of some of the copies."""
    noise, knocking = (
        Mixed(mixed.rows[part], mixed.turns[part], mixed.factors[part]) for mixed in (changes.noise, changes.knocks)
    )
    speeds, shifts, gains, colours = changes.speeds, changes.shifts, changes.gains, changes.colours
    return Changes(speeds[part], shifts[part], noise, knocking, gains[part], colours[part])


def changed_features(longer: Tensor, window: int, changes: Changes, behind: Behind) -> np.ndarray:
    """uint8 (n, 40, W); `longer` int16 (n, more than `window` samples), a clip for each change, in their middle."""
    levels = quick_levels(changed_sounds(longer, window, changes, behind)).numpy()
    return to_grey(levels + coloured(changes.colours))


def changed_sounds(longer: Tensor, window: int, changes: Changes, behind: Behind) -> Tensor:
    """float32 (n, window): whole numbers of 16 bits, as recorded."""
    sounds = _moved(longer.float(), window, *(_column(each) for each in (changes.speeds, changes.shifts)))
    loudness = sounds.square().mean(1).sqrt() / behind.loudness.clamp_min(1.0)[changes.noise.rows]
    _mix_in(sounds, behind.noise, changes.noise, loudness)
    _mix_in(sounds, behind.knocking, changes.knocks, sounds.abs().amax(1))
    return sounds.mul_(_column(changes.gains)).round_().clamp_(-32768, 32767)


def _moved(longer: Tensor, window: int, speeds: Tensor, shifts: Tensor) -> Tensor:
    """Shift and change of speed in one step, by linear interpolation between the samples."""
    reach = longer.shape[1]
    places = torch.mul(_ramp(window), speeds).add_(shifts + reach / 2).clamp_(0, reach - 2)
    whole = places.floor()
    left = whole.int().add_(torch.arange(len(longer), dtype=torch.int32)[:, None] * reach).flatten()
    samples = longer.flatten()
    before, after = samples.index_select(0, left), samples[1:].index_select(0, left)
    return torch.lerp(before, after, places.sub_(whole).flatten()).view(places.shape)


@cache
def _ramp(window: int) -> Tensor:
    """Places of the samples, counted from the middle."""
    return torch.arange(window, dtype=torch.float32) - window / 2


def _mix_in(sounds: Tensor, bank: Tensor, mixed: Mixed, loudness: Tensor) -> None:
    """Add a row of the bank to each sound, again and again until the sound's end."""
    levels = loudness.double().numpy() * mixed.factors
    for sound, row, turn, level in zip(sounds, mixed.rows.tolist(), mixed.turns.tolist(), levels.tolist(), strict=True):
        begin, at = turn, 0
        while level and at < len(sound):
            piece = bank[row, begin : begin + len(sound) - at]
            sound[at : at + len(piece)].add_(piece, alpha=level)
            begin, at = 0, at + len(piece)


def coloured(points: np.ndarray) -> np.ndarray:
    """float32 (n, 40, 1) to add to log-mel levels: points (n, 5) in decibels, with straight lines between them."""
    bands = np.linspace(0, 4, MELS)
    low = np.minimum(bands.astype(int), 3)
    levels = points[:, low] * (1 - (bands - low)) + points[:, low + 1] * (bands - low)
    return (levels * np.log(10) / 10).astype(np.float32)[:, :, None]


def _column(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values).float()[:, None]


def _factors(decibels: np.ndarray) -> np.ndarray:
    return 10 ** (decibels / 20)
