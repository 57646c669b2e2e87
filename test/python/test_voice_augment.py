"""How clips are changed for practice: each kind of change happens, and the noise mixed in is noise."""

import numpy as np
import pytest
from mai.data import voice_augment
from mai.data.voice_augment import Recipe, augmented_features
from mai.data.voice_window import window_samples
from mai.voice.features import features

FRAMES = 22
WINDOW = window_samples(FRAMES)
NOTHING = {
    "shift": 0.0, "speed": 0.0, "noisy": 0.0, "gain_db": (0.0, 0.0), "colour_db": 0.0, "knocked": 0.0,
    "knocked_noise": 0.0,
}  # fmt: skip
IS_NOISE = np.array([False, False, True])


def tone(hertz, loudness=3000.0):
    return (loudness * np.sin(2 * np.pi * hertz * np.arange(WINDOW) / 44_100)).astype(np.int16)


SAMPLES = np.stack([tone(300), tone(600), tone(4000)])


def copies(count=6, samples=SAMPLES, is_noise=IS_NOISE, **changes):
    """int (clips, copies, 40, frames)"""
    recipe = Recipe(**NOTHING | changes)
    return augmented_features(samples, is_noise, count, np.random.default_rng(0), recipe).astype(int)


def test_without_any_change_copies_are_the_clip():
    found = copies()
    assert np.abs(found - features(SAMPLES)[:, None]).mean() < 1.5


@pytest.mark.parametrize("kind", NOTHING)
def test_every_change_of_the_recipe_is_made_and_can_be_left_out(kind):
    usual = getattr(Recipe(), kind)
    assert usual != NOTHING[kind]
    changed = np.abs(copies(12, **{kind: usual}) - features(SAMPLES)[:, None]).mean((2, 3))[:, 1:]
    words, noise = changed[~IS_NOISE].max(), changed[IS_NOISE].max()
    assert (noise if kind == "knocked_noise" else words) > 2


def test_the_noise_behind_a_word_is_of_the_noise_label():
    """4000 Hz is in the noise alone: it appears behind words, and no word appears behind another one."""
    bands = [int(features(SAMPLES)[clip].astype(int).mean(1).argmax()) for clip in range(3)]
    mixed = copies(8, noisy=1.0, snr_db=(0.0, 0.0))[:, 1:].mean((1, 3))
    plain = copies(8)[:, 1:].mean((1, 3))
    for word in (0, 1):
        assert mixed[word, bands[2]] > plain[word, bands[2]] + 20
        assert mixed[word, bands[1 - word]] < plain[word, bands[1 - word]] + 20


@pytest.mark.parametrize("decibels", [0.0, 20.0])
def test_noise_is_as_far_below_the_word_as_drawn(decibels):
    sound, noise = SAMPLES[:2].astype(np.float32), SAMPLES[2:]
    recipe = Recipe(noisy=1.0, snr_db=(decibels, decibels))
    added = voice_augment._with_noise(sound, noise, np.random.default_rng(0), recipe) - sound
    loudness = [np.sqrt((each**2).mean()) for each in (sound, added)]
    assert 20 * np.log10(loudness[0] / loudness[1]) == pytest.approx(decibels, abs=0.5)


def test_what_is_louder_than_full_scale_is_cut_off(monkeypatch):
    given = []
    real = voice_augment.log_mel
    monkeypatch.setattr(voice_augment, "log_mel", lambda sound: given.append(sound) or real(sound))
    copies(2, samples=np.stack([tone(300, 32000.0)] * 3), gain_db=(3.0, 3.0))
    assert np.abs(given[0]).max() <= 32768 and np.abs(given[0]).max() > 32700


def test_a_knock_may_not_drown_a_word_and_may_drown_noise():
    recipe = Recipe(knocked=1.0, knocked_noise=1.0)
    sound = np.repeat(SAMPLES[:1].astype(np.float32), 400, axis=0)
    is_noise = np.arange(400) >= 200
    knocking = voice_augment.knocks(8, WINDOW, np.random.default_rng(1))
    added = voice_augment._with_knocks(sound, knocking, is_noise, np.random.default_rng(0), recipe) - sound
    peaks = np.abs(added).max(axis=1) / 3000
    assert 0.7 < peaks[~is_noise].max() <= 1.01 and peaks[is_noise].max() > 5
