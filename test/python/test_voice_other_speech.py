"""Speech that is none of the words is learnt as noise, but never what may be one of the words."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mai.data.voice_labels import label_for_other_speech
from mai.data.voice_other_speech import FADE, joined, other_speech, passing, shuffled, sounding
from mai.train.voice import recipe as voice_recipe
from mai.train.voice.practice import practice_copies
from truth_parts import mean

from truth.parts import other_speech as part  # isort: skip
from truth.spoken import hiss, invent_words, say, say_all  # isort: skip

pytestmark = pytest.mark.usefixtures("one_thread")
EACH = 8
LABELS = np.repeat([0, 1], EACH)


def made(clips, labels=LABELS, words=(0, 1), count=60):
    return other_speech(clips, labels, words, count, np.random.default_rng(1))


def two_words(seed=0):
    rng = np.random.default_rng(seed)
    return say_all(invent_words(rng, 2), EACH, rng)


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (("ใช่", "Background Noise"), 1),
        (("_background_noise_", "noise of cars"), 0),
        (("noise of cars", "noise of dogs", "yes"), None),
        (("noise of cars", "yes"), 0),
        (("เสียงรบกวน", "เปิด"), 0),
        (("silence", "yes"), None),
        (("เงียบ", "พื้นหลัง"), 1),
        (("yes", "no"), None),
    ],
)
def test_which_label_takes_other_speech(labels, wanted):
    assert label_for_other_speech(labels) == wanted


def test_backwards_shuffled_and_joined_are_made_of_every_word_and_the_same_again():
    clips = two_words()
    found = made(clips)
    assert found.dtype == np.int16 and found.shape[1:] == clips.shape[1:] and 40 < len(found) <= 60
    np.testing.assert_array_equal(found, made(clips))
    backwards = [any((clip[::-1] == each).all() for each in found) for clip in clips]
    assert any(backwards[:EACH]) and any(backwards[EACH:])
    assert not any((clip == each).all() for clip in clips for each in found)


def is_backwards(found, clips):
    """For each of those found whether it is one of the clips turned round."""
    return [any((clip[::-1] == each).all() for clip in clips) for each in found]


def test_a_word_that_is_another_one_backwards_is_never_called_noise():
    clips = two_words()[:EACH]
    pairs = np.concatenate([clips, say_again_backwards(clips)])
    assert not any(is_backwards(made(pairs), pairs))
    assert any(is_backwards(made(two_words()), two_words()))


def say_again_backwards(clips):
    """Another take of the same: quieter, later, in more hiss."""
    rng = np.random.default_rng(3)
    return np.stack([np.roll(clip[::-1] * 0.6 + hiss(rng) * 0.5, 800) for clip in clips]).astype(np.int16)


@pytest.mark.parametrize(("same", "others"), [(1, True), (4, False), (8, False)])
def test_a_word_that_is_the_same_backwards_is_not_called_noise(same, others):
    """One such clip among eight is left out, of more of them all that are turned round."""
    clips = two_words()
    clips[:same] = (clips[:same].astype(np.int32) + clips[:same, ::-1]) // 2
    found = made(clips, count=120)
    assert not any(is_backwards(found, clips[:same]))
    assert any(is_backwards(found, clips[same:EACH])) == others
    assert any(is_backwards(found, clips[EACH:]))


def test_too_few_clips_make_no_other_speech():
    clips = two_words()
    assert len(made(clips[:11], LABELS[:11])) == 0
    assert len(made(clips[:0], LABELS[:0])) == 0
    assert len(made(clips, np.full(16, 2), words=())) == 0


def test_one_word_alone_is_joined_with_nothing():
    clips = two_words()[:EACH]
    assert 15 < len(made(clips, np.zeros(EACH, int), (0,), 30)) <= 30


def test_silent_clips_make_no_other_speech_that_break():
    clips = two_words()
    clips[::2] = 0
    made(clips)
    assert len(shuffled(np.zeros(30_000, np.int16), np.random.default_rng(0))) == 30_000


def test_pieces_pass_without_a_click_and_keep_the_length():
    low, high = np.full(3000, -9000, np.int16), np.full(4000, 9000, np.int16)
    whole = passing([low, high])
    assert len(whole) == 7000 and np.abs(np.diff(whole.astype(int))).max() < 9000 / FADE * 3
    clip = say(invent_words(np.random.default_rng(0), 1)[0], np.random.default_rng(2))
    first, last = sounding(clip)
    turned = shuffled(clip, np.random.default_rng(0))
    assert len(turned) == len(clip) and (turned[:first] == clip[:first]).all() and (turned[last:] == clip[last:]).all()
    assert (turned[first:last] != clip[first:last]).any() and len(joined(clip, clip[::-1])) == len(clip)


def tone(first, last, length=30_000):
    """A sound of one height between two samples, and a soft hum around it."""
    clip = np.full(length, 50, np.int16)
    clip[first:last] = 9000
    return clip


def test_two_halves_that_are_too_short_end_in_quiet():
    begin, end = tone(3_000, 15_000), tone(25_000, 28_000)
    both = joined(begin, end)
    loud = np.flatnonzero(both > 1000)
    middles = [sum(sounding(clip)) // 2 for clip in (begin, end)]
    assert len(both) == 30_000 and 3_000 - FADE < loud[0] < 3_000 + FADE
    assert loud[-1] < middles[0] + 28_000 - middles[1] + FADE  # neither word once more
    assert (both[20_000:] == 50).all()
    # no quiet anywhere: silence
    assert len(joined(tone(0, 20_000, 20_000), tone(0, 20_000, 20_000)[::-1])) == 20_000


@pytest.fixture
def few_copies(monkeypatch):
    """Of each clip four copies instead of twelve: the same code in a third of the time."""
    monkeypatch.setattr(voice_recipe, "COPIES", 4)


def learnt_from(labels, names):
    clips = np.concatenate([two_words(), two_words(5)[:EACH]])
    return practice_copies(clips, labels, names, 0)


@pytest.mark.usefixtures("few_copies")
def test_other_speech_is_noise_and_fewer_than_the_words():
    labels = np.repeat([0, 1, 2], EACH)
    copies, learnt = learnt_from(labels, ("yes", "no", "noise"))
    assert copies.shape[:2] == (len(learnt), voice_recipe.COPIES)
    assert learnt[: len(labels)].tolist() == labels.tolist()
    assert set(learnt[len(labels) :].tolist()) == {2} and 0 < len(learnt) - len(labels) <= EACH


@pytest.mark.usefixtures("few_copies")
def test_what_is_practised_is_the_same_whatever_the_number_of_threads():
    labels = np.repeat([0, 1, 2], EACH)
    alone, _ = learnt_from(labels, ("yes", "no", "noise"))
    torch.set_num_threads(2)
    assert torch.equal(alone, learnt_from(labels, ("yes", "no", "noise"))[0])


@pytest.mark.parametrize("names", [("yes", "no", "maybe"), ("yes", "no", "silence")])
@pytest.mark.usefixtures("few_copies")
def test_a_project_without_a_noise_label_learns_its_clips_alone(names):
    labels = np.repeat([0, 1, 2], EACH)
    assert learnt_from(labels, names)[1].tolist() == labels.tolist()


def test_words_backwards_go_to_noise():
    """Shortest form of `npm run bench -- truth:other_speech`; without other speech 0 and 0 %."""
    found = {figure.name: figure for figure in part.run(1, 0, epochs=12, each=10)}
    assert mean(found["words"]) >= 95 and mean(found["noise"]) >= 95
    assert mean(found["backwards"]) >= 15 and mean(found["joined"]) >= 25  # 37 and 52


@pytest.mark.soak
def test_words_backwards_go_to_noise_and_words_stay_words():
    """Short form of `npm run bench -- truth:other_speech`; without it 0, 0 and 0 %."""
    found = {figure.name: figure for figure in part.run(1, 0, epochs=20, each=10)}
    assert mean(found["words"]) >= 95 and mean(found["noise"]) >= 95
    assert mean(found["backwards"]) >= 60 and found["backwards"].details["word_probability"] < 0.5
    assert mean(found["joined"]) >= 50
