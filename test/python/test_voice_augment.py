"""How clips are changed for practice: each kind of change happens, and the noise mixed in is noise."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from mai.data.voice_augment import (
    Behind,
    Changes,
    Mixed,
    Recipe,
    augmented_features,
    changed_sounds,
    coloured,
    drawn_changes,
    part_of,
    sounds_behind,
)
from mai.data.voice_window import window_samples
from mai.voice.features import features

FRAMES = 22
WINDOW = window_samples(FRAMES)
NOTHING = {
    "shift": 0.0, "speed": 0.0, "noisy": 0.0, "gain_db": (0.0, 0.0), "colour_db": 0.0, "knocked": 0.0,
    "knocked_noise": 0.0,
}  # fmt: skip
IS_NOISE = np.array([False, False, True])


def tone(hertz, loudness=3000.0, samples=WINDOW):
    return (loudness * np.sin(2 * np.pi * hertz * np.arange(samples) / 44_100)).astype(np.int16)


SAMPLES = np.stack([tone(300), tone(600), tone(4000)])
LONGER = np.stack([tone(300, samples=30_000), tone(600, samples=30_000)])


def copies(count=6, samples=SAMPLES, is_noise=IS_NOISE, **changes):
    """int (clips, copies, 40, frames)"""
    rng, recipe = np.random.default_rng(0), Recipe(**NOTHING | changes)
    behind = sounds_behind(samples, is_noise, rng)
    return augmented_features(samples, features(samples), is_noise, count, behind, rng, recipe).astype(int)


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


def none_of(count):
    return Mixed(np.zeros(count, int), np.zeros(count, int), np.zeros(count))


def no_changes(count=2):
    ones = np.ones(count)
    return Changes(ones, ones * 0, none_of(count), none_of(count), ones, np.zeros((count, 5)))


def changed(changes, behind=None):
    """float32 (2, WINDOW) of LONGER"""
    bank = torch.zeros(1, WINDOW)
    behind = behind or Behind(bank, torch.ones(1), bank)
    return changed_sounds(torch.from_numpy(LONGER), WINDOW, changes, behind).numpy()


def test_shift_and_speed_are_those_of_the_plain_formula():
    speeds, shifts = np.array([1.1, 0.93]), np.array([-500.3, 700.6])
    moved = changed(replace(no_changes(), speeds=speeds, shifts=shifts))
    for row in range(2):
        places = (np.arange(WINDOW) - WINDOW / 2) * speeds[row] + LONGER.shape[1] / 2 + shifts[row]
        plain = np.interp(places, np.arange(LONGER.shape[1]), LONGER[row])
        assert np.abs(moved[row] - plain).max() < 3  # of 3000, and rounded


def test_what_lies_beyond_the_clip_is_its_last_sample():
    moved = changed(replace(no_changes(), shifts=np.array([-1e6, 1e6])))
    assert (moved[0] == LONGER[0, 0]).all() and (moved[1] == LONGER[1, -2]).all()


def test_noise_goes_on_with_its_beginning_and_is_as_far_below_the_word_as_drawn():
    """It may be shorter than the clip, longer, or as long."""
    for samples in (7_000, WINDOW, 60_000):
        rows = (np.random.default_rng(0).normal(0, 1, (2, samples)) * [[500], [90]]).astype(np.int16)
        behind = Behind(torch.from_numpy(rows), torch.tensor([float(np.sqrt(np.mean(row**2.0))) for row in rows]), None)
        drawn = Mixed(np.array([1, 0]), np.array([6_000, 0]), np.array([0.1, 0.5]))
        added = changed(replace(no_changes(), noise=drawn), behind) - changed(no_changes())
        for clip, row in enumerate(drawn.rows):
            level = np.sqrt(np.mean(changed(no_changes())[clip] ** 2)) / behind.loudness[row].item()
            plain = np.resize(np.roll(rows[row], -drawn.turns[clip]), WINDOW) * level * drawn.factors[clip]
            assert np.abs(added[clip] - plain).max() < 1.1  # both are rounded


def test_a_part_of_the_changes_is_each_of_them_for_some_copies():
    behind = Behind(torch.zeros(50, 100), torch.zeros(50), torch.zeros(70, 200))
    every = drawn_changes(np.arange(20) > 9, WINDOW, behind, np.random.default_rng(0), Recipe(noisy=1, knocked=1))
    whole, part = (list(_arrays(changes)) for changes in (every, part_of(every, slice(3, 7))))
    assert len(whole) == 10 and all(np.ptp(each) > 0 for each in whole)
    assert all(np.array_equal(each[3:7], some) for each, some in zip(whole, part, strict=True))


def _arrays(changes):
    for field in fields(changes):
        value = getattr(changes, field.name)
        yield from _arrays(value) if isinstance(value, Mixed) else [value]


def test_what_is_louder_than_full_scale_is_cut_off():
    loud = changed(replace(no_changes(), gains=np.array([20.0, 1.0])))
    assert loud[0].max() == 32767 and loud[0].min() == -32768
    assert 2990 < np.abs(loud[1]).max() <= 3000 and (loud == np.rint(loud)).all()


def test_the_chances_are_as_in_the_recipe():
    """In noise a knock may be the loudest sound, in a word it may not drown the word."""
    is_noise = np.arange(4000) >= 2000
    behind = Behind(torch.zeros(5, 100), torch.zeros(5), torch.zeros(7, 200))
    drawn = drawn_changes(is_noise, WINDOW, behind, np.random.default_rng(0), Recipe())
    there = drawn.knocks.factors > 0
    assert [there[~is_noise].mean(), there[is_noise].mean()] == pytest.approx([0.3, 0.7], abs=0.05)
    assert [drawn.knocks.factors[~is_noise].max(), drawn.noise.factors.max()] == pytest.approx([1, 1], rel=0.05)
    assert 25 < drawn.knocks.factors[is_noise].max() <= 32 and drawn.knocks.factors[there].min() >= 10 ** (-25 / 20)
    assert [set(each.rows) for each in (drawn.noise, drawn.knocks)] == [set(range(5)), set(range(7))]


def test_a_knock_is_as_loud_as_drawn_beside_the_loudest_sample():
    knock = np.zeros((1, WINDOW), np.float32)
    knock[0, 400] = 1.0
    behind = Behind(torch.zeros(1, 9), torch.ones(1), torch.from_numpy(knock))
    drawn = Mixed(np.zeros(2, int), np.array([0, 390]), np.array([0.5, 2.0]))
    added = changed(replace(no_changes(), knocks=drawn), behind) - changed(no_changes())
    assert [each.argmax() for each in added] == [400, 10]
    assert added.max(1) == pytest.approx([1500, 6000], rel=0.01)


def test_a_colour_is_straight_lines_between_five_points_over_the_bands():
    points = np.array([[0.0, 4.0, -4.0, 2.0, 1.0]])
    plain = np.interp(np.linspace(0, 4, 40), np.arange(5), points[0]) * np.log(10) / 10
    np.testing.assert_allclose(coloured(points)[0, :, 0], plain, atol=1e-5)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("is_noise", [IS_NOISE, IS_NOISE & False])
def test_copies_are_the_same_whatever_the_number_of_threads(is_noise):
    """A training that resumes with more or fewer of them goes on with the copies that it began with."""
    found = []
    for threads in (1, 3):
        torch.set_num_threads(threads)
        found.append(copies(24, is_noise=is_noise, **{kind: getattr(Recipe(), kind) for kind in NOTHING}))
    np.testing.assert_array_equal(*found)
