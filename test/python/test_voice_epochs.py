"""What an epoch of a voice network sees: altered copies, made-up sounds, lengths, masks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mai.data import voice_sounds
from mai.data.voice_augment import augmented_features, sounds_behind
from mai.data.voice_sounds import knocks, steady_noise
from mai.train.voice import recipe
from mai.voice.features import features
from voice_project import sound_of


def altered(samples, is_noise):
    rng = np.random.default_rng(1)
    behind = sounds_behind(samples, is_noise, rng)
    return augmented_features(samples, features(samples), is_noise, 5, behind, rng)


def test_altered_copies_differ_stay_alike_and_follow_the_seed():
    rng = np.random.default_rng(0)
    clips = np.stack([sound_of(label, 0.5, 44_100, rng) for label in ("high", "low", "noise")] * 2)
    samples = (clips * 32767).astype(np.int16)[:, : 22 * 882 + 1764]
    is_noise = np.array([False, False, True] * 2)
    first, again = (altered(samples, is_noise) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first[:, 0], features(samples))
    other = altered(samples, is_noise & False)
    assert first.shape == other.shape == (6, 5, 40, 22)
    for copy in range(1, 5):
        assert (first[:, copy] != first[:, 0]).mean() > 0.5


def test_made_up_sounds_are_as_loud_as_promised():
    rng = np.random.default_rng(0)
    noise, knock = steady_noise(3, 20_000, rng), knocks(5, 20_000, rng)
    np.testing.assert_allclose(np.sqrt((noise**2).mean(axis=1)), 1000, rtol=1e-3)
    np.testing.assert_allclose(np.abs(knock).max(axis=1), 1, rtol=1e-3)


def test_steady_noise_falls_with_frequency_and_begins_again_without_a_seam():
    noise = steady_noise(20, 1 << 15, np.random.default_rng(0))
    power = np.abs(np.fft.rfft(noise)) ** 2
    octaves = np.log2([power[:, low : 2 * low].mean(1) for low in (64, 1024)])
    falls = (octaves[0] - octaves[1]) / 4  # a octave, in powers of the frequency
    assert falls.min() > -0.3 and falls.max() < 2.3 and falls.max() - falls.min() > 1
    brown = noise[falls > 1.5]
    assert np.abs(brown[:, 0] - brown[:, -1]).mean() < 3 * np.abs(np.diff(brown, axis=1)).mean()


def test_knocks_begin_at_once_and_die_away():
    knock = np.abs(knocks(40, 60_000, np.random.default_rng(0)))
    sounding = knock > 0
    first, last = sounding.argmax(1), knock.shape[1] - 1 - sounding[:, ::-1].argmax(1)
    assert 0.1 < sounding.mean() < 0.7 and sounding[:, 0].mean() < 0.2
    louder = [each[at : at + 300].max() > 0.05 for each, at in zip(knock, first, strict=True)]
    faded = [each[at - 300 : at].max() < 0.01 for each, at in zip(knock, last, strict=True) if at < 59_900]
    assert np.mean(louder) > 0.8 and len(faded) > 20 and all(faded)


def test_the_bands_of_a_knock_are_as_loud_as_each_other():
    rng = np.random.default_rng(0)
    loudness = [np.sqrt((voice_sounds._band_noise(60_000, rng) ** 2).mean()) for _ in range(12)]
    np.testing.assert_allclose(loudness, 1, atol=0.2)


def test_a_knock_is_a_beep_or_a_click():
    """The share of its power that the strongest hundredth of the frequencies has."""
    power = np.sort(np.abs(np.fft.rfft(knocks(40, 60_000, np.random.default_rng(0)))) ** 2, axis=1)
    shares = power[:, -300:].sum(1) / power.sum(1)
    assert shares.max() > 0.9 and shares.min() < 0.4


def test_an_epoch_looks_at_no_more_than_the_training_needs():
    asked = [(48, 69, 60), (48, 69, 5), (2000, 148, 60)]
    assert [recipe.repeats_of(*sizes) for sizes in asked] == [2, recipe.COPIES, 1]


@pytest.mark.parametrize("at_once", [128, 5])
def test_an_epoch_looks_at_every_clip(monkeypatch, at_once):
    monkeypatch.setattr(recipe, "AT_ONCE", at_once)
    grey = torch.arange(6, dtype=torch.uint8).reshape(6, 1, 1, 1).expand(6, 4, 40, 22)
    scaled = recipe.to_range(torch.arange(6, dtype=torch.uint8))
    batches = recipe.ClipBatches(grey, torch.arange(6), torch.device("cpu"), repeats=2, shortens=True)
    widths, labels = set(), []
    for seed in range(8):
        for inputs, wanted in batches.epoch(4, torch.Generator().manual_seed(seed)):
            assert len(inputs) == len(wanted) == 4
            assert torch.equal(inputs.amin((1, 2, 3)), scaled[wanted])  # what is hidden is 0, and so larger
            assert inputs.shape[1:3] == (3, 40) and torch.equal(inputs[:, 0], inputs[:, 2])
            widths.add(inputs.shape[3])
            labels += wanted.tolist()
    assert widths == {21, 22} and sorted(labels) == sorted(list(range(6)) * 16)


def test_masks_hide_little_and_follow_the_generator():
    x = torch.ones(64, 40, 60)
    hidden = recipe.mask(x, torch.Generator().manual_seed(0))
    assert torch.equal(hidden, recipe.mask(x, torch.Generator().manual_seed(0)))
    assert 0.05 < (hidden == 0).float().mean() < 0.4 and bool((x == 1).all())


def test_masks_hide_two_stripes_of_bands_and_one_stretch_of_time():
    hidden = recipe.mask(torch.ones(400, 40, 60), torch.Generator().manual_seed(0)) == 0
    bands, frames = hidden.all(2), hidden.all(1)
    assert torch.equal(hidden, bands[:, :, None] | frames[:, None, :])
    stripes = [each.int().diff(dim=1, prepend=torch.zeros(400, 1)).eq(1).sum(1) for each in (bands, frames)]
    assert stripes[0].max() == 2 and stripes[1].max() == 1
    most = [each.sum(1).max().item() for each in (bands, frames)]
    assert recipe.BAND_MASK < most[0] <= 12 and 7 <= most[1] <= 9
    assert 0.08 < bands.float().mean() < 0.16 and 0.04 < frames.float().mean() < 0.1
