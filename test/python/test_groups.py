"""What is nearly one and the same stays together: copies, frames of a burst; different photos and recordings do not."""

import io

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mai.data import alike
from mai.data.alike import LENGTH, linked, signatures
from mai.data.groups import group_photos, group_samples
from mai.data.split import hold_back, split_samples
from mai.data.thumbnails import photo_signatures
from mai.data.voice_copies import SAME_RECORDING, clip_signatures
from PIL import Image, ImageDraw
from truth_parts import figures  # noqa: F401 - puts tools/bench on the path

from truth.drawn import draw_photos, saved_again  # isort: skip


def grouped(pixels, labels, percent=80):
    return group_photos(torch.from_numpy(np.ascontiguousarray(pixels)), labels, percent)


@pytest.fixture(scope="module")
def bursts():
    return draw_photos(np.random.default_rng(0), labels=2, scenes=4, frames=5)


def test_frames_of_a_scene_are_one_group_and_scenes_are_not(bursts):
    found = grouped(bursts.pixels, bursts.labels.tolist())
    assert np.array_equal(found.scenes, bursts.scenes * 5) and np.array_equal(found.groups, found.scenes)


def test_photos_saved_again_turned_brighter_or_smaller_are_copies(bursts):
    photos = bursts.pixels[::5]
    smaller = [np.asarray(Image.fromarray(photo).resize((150, 150)).resize((224, 224))) for photo in photos]
    brighter = (photos * 0.7 + 60).astype(np.uint8)
    again = np.stack([saved_again(photo, 40) for photo in photos])
    every = np.concatenate([photos, again, brighter, np.stack(smaller)])
    assert np.array_equal(grouped(every, [0, 1] * 16).scenes, np.tile(np.arange(8), 4))


def test_plain_photos_are_together_only_where_their_pixels_are_the_same():
    plain = np.stack([np.full((224, 224, 3), value, np.uint8) for value in (90, 90, 200)])
    assert grouped(plain, [0, 0, 0]).scenes.tolist() == [0, 0, 2]


def test_noise_and_drawings_on_one_paper_are_different_photos():
    rng = np.random.default_rng(1)
    drawings = np.full((12, 224, 224, 3), 230.0)
    for drawing in drawings:
        for _ in range(3):
            x, y = rng.integers(10, 150, 2)
            drawing[y : y + 12, x : x + 60] = 30
            drawing[y : y + 60, x : x + 12] = 30
    photos = (drawings + rng.normal(0, 4, drawings.shape)).clip(0, 255).astype(np.uint8)
    assert grouped(photos, [0, 1] * 6).count() == 12


def test_leaves_on_white_paper_are_different_photos():
    """Their spots are as alike as those of a burst."""
    rng = np.random.default_rng(0)
    photos = []
    for _ in range(40):
        angles = np.arange(40) / 40 * 2 * np.pi
        waves = sum(rng.normal(0, 0.14) * np.cos(k * angles + rng.uniform(0, 6.3)) for k in range(1, 6))
        reach = 75 * (1 + waves)
        points = 112 + rng.uniform(-12, 12, 2) + reach[:, None] * np.stack([np.cos(angles), 0.8 * np.sin(angles)], 1)
        photo = Image.new("RGB", (224, 224), (235, 235, 230))
        ImageDraw.Draw(photo).polygon([tuple(point) for point in points], fill=(60, 110, 45))
        photos.append(np.asarray(photo) + rng.normal(0, 3, (224, 224, 3)))
    pixels = torch.from_numpy(np.stack(photos).clip(0, 255).astype(np.uint8))
    assert len(np.unique(linked(photo_signatures(pixels), 0.88))) < 35
    assert group_photos(pixels, [0, 1] * 20, 80).count() >= 39


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 90), st.integers(0, 10**6), st.sampled_from([1, 7, 256]))
def test_links_are_those_of_near_pairs_whatever_the_blocks(count, seed, block):
    marks = signatures(np.random.default_rng(seed).normal(size=(count, 4)))
    pairs = marks @ marks.T >= 0.98 * LENGTH**2
    hypothesis.assume(pairs.sum(1).max() <= alike.NEIGHBOURS)
    at_once = alike.BLOCK
    alike.BLOCK = block
    try:
        found = linked(marks, 0.98)
    finally:
        alike.BLOCK = at_once
    wanted = np.arange(count)
    for _ in range(count):
        wanted = np.array([min(wanted[pairs[row] | (np.arange(count) == row)]) for row in range(count)])
    assert np.array_equal(found, wanted)


def test_signatures_are_exact_in_float32():
    marks = signatures(np.random.default_rng(0).normal(size=(50, 768)))
    exact = marks.astype(np.int64) @ marks.astype(np.int64).T
    assert np.array_equal(marks, np.trunc(marks)) and exact.max() < 2**24
    assert np.array_equal((marks @ marks.T).astype(np.int64), exact)


def test_the_closer_look_is_at_few_pairs_however_many_are_alike():
    looked_at = []

    def refuse(rows, others):
        looked_at.append(len(rows))
        return np.zeros(len(rows), bool)

    marks = signatures(1 + 0.01 * np.random.default_rng(0).normal(size=(1000, 8)))
    assert len(np.unique(linked(marks, 0.9, refuse))) == 1000
    assert sum(looked_at) <= alike.NEIGHBOURS * 1000
    looked_at.clear()

    def agree(rows, others):
        looked_at.append(len(rows))
        return np.ones(len(rows), bool)

    linked(marks, 0.9, agree)
    assert sum(looked_at) <= 2500  # whoever is in one group is not looked at again


class TestLargeGroups:
    """One scene is cut only where nothing else of a label would be left to learn from or to check with."""

    def vectors(self, *angles):
        """Unit vectors: how alike two are is the cosine of the angle (in degrees) between them."""
        turned = np.radians(angles)
        return signatures(np.stack([np.cos(turned), np.sin(turned)], 1))

    def grouped(self, angles, strata, percent=80):
        return group_samples(self.vectors(*angles), [str(row) for row in range(len(strata))], strata, 0.85, percent)

    def test_two_scenes_are_kept_whole(self):
        found = self.grouped([0] * 8 + [90] * 2, [0] * 10)
        assert found.groups.tolist() == [0] * 8 + [8] * 2

    def test_one_scene_is_cut_where_it_hangs_together_least(self):
        found = self.grouped([0, 1, 2, 25, 26, 27], [0] * 6)
        assert found.scenes.tolist() == [0] * 6 and found.groups.tolist() == [0, 0, 0, 3, 3, 3]

    def test_copies_of_one_photo_are_cut_at_last(self):
        found = group_samples(self.vectors(0, 0, 0), ["a"] * 3, [0, 0, 0], 0.85, 80)
        assert found.scenes.tolist() == [0, 0, 0] and found.groups.tolist() == [0, 1, 2]
        found = group_samples(self.vectors(0, 0, 0, 0), ["a", "a", "b", "b"], [0] * 4, 0.85, 80)
        assert found.groups.tolist() == [0, 0, 2, 2]

    def test_a_scene_of_two_labels_is_cut_for_the_one_that_has_no_other(self):
        found = self.grouped([0, 20, 0, 20, 90], [0, 0, 1, 1, 1])
        assert found.scenes.tolist() == [0, 0, 0, 0, 4] and len(set(found.groups[:2].tolist())) == 2

    @settings(max_examples=60, deadline=None)
    @given(st.integers(2, 60), st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 99))
    def test_every_label_is_on_both_sides_and_only_cut_scenes_are_too(self, count, seed, labels, percent):
        rng = np.random.default_rng(seed)
        strata = np.concatenate([np.arange(labels), np.arange(labels), rng.integers(0, labels, count)]).tolist()
        scene = rng.integers(0, rng.integers(1, 12), len(strata))
        found = self.grouped((scene * 29 + rng.uniform(0, 3, len(strata))).tolist(), strata, percent)
        names = [f"{row}" for row in range(len(strata))]
        split = split_samples(names, strata, [str(c) for c in range(labels)], percent, seed, found.groups.tolist())
        for label in range(labels):
            assert any(strata[row] == label for row in split.train)
            assert any(strata[row] == label for row in split.validation)
        if np.array_equal(found.scenes, found.groups) and labels == 1:
            assert not found.twins(split.train, split.validation)


def test_a_group_comes_nearest_to_the_share_and_is_never_all(bursts):
    groups = [0] * 8 + [1] * 8 + [2] * 8 + [3] * 8
    for seed in range(20):
        held = hold_back([f"{row}" for row in range(32)], [0] * 32, 80, seed, groups)
        assert len(held) == 8 and len({groups[row] for row in held}) == 1
    small = hold_back([f"{row}" for row in range(100)], [0] * 100, 80, 3, [0] * 90 + [1] * 10)
    assert small == set(range(90, 100))
    one_large = [0] * 30 + list(range(1, 51))
    for seed in range(60):
        held = hold_back([f"{row}" for row in range(80)], [0] * 80, 80, seed, one_large)
        assert len(held) in (16, 30, 31)  # 31 of 80 are nearer to 16 than 1 of 80; 45 would not be nearer than 15


def test_groups_across_labels_are_on_one_side():
    strata, groups = [0, 1, 2] * 8, [row // 6 for row in range(24)]
    for seed in range(10):
        held = hold_back([f"{row}" for row in range(24)], strata, 75, seed, groups)
        assert all(len({row in held for row in range(24) if groups[row] == group}) == 1 for group in range(4))
        assert {strata[row] for row in held} == {0, 1, 2} and len(held) == 6


def test_a_photo_keeps_its_side_when_others_are_added():
    names, groups = [f"{row:03}" for row in range(200)], [row // 5 for row in range(200)]
    before = hold_back(names, [0] * 200, 80, 0, groups)
    after = hold_back([*names, "new", "new 2"], [0] * 202, 80, 0, [*groups, 3, 99])
    assert len(before & after) >= len(before) - 5


def test_clips_copied_louder_later_or_with_a_little_noise_are_one_recording():
    rng = np.random.default_rng(0)
    clips = []
    for _ in range(3):
        pitch = rng.uniform(150, 400) * np.exp(np.cumsum(rng.normal(0, 0.00004, 44_100)))
        loud = np.exp(-(((np.arange(44_100) - 20_000) / 6000) ** 2))
        loud *= 1 + np.sin(np.arange(44_100) / rng.uniform(900, 2500))
        voice = sum(np.sin(np.cumsum(pitch) * k * 2 * np.pi / 44_100) / k for k in range(1, 9))
        clips.append(3000 * loud * voice + rng.normal(0, 20, 44_100))
    clips = np.stack(clips)
    every = np.concatenate([clips, clips * 0.4, np.roll(clips, 3000, axis=1), clips + rng.normal(0, 20, clips.shape)])
    marks = clip_signatures(every.astype(np.int16))
    found = group_samples(marks, [str(row) for row in range(12)], [0] * 12, SAME_RECORDING, 80)
    assert np.array_equal(found.scenes, np.tile(np.arange(3), 4))


def test_silent_clips_are_copies_by_their_samples_alone():
    marks = clip_signatures(np.zeros((2, 44_100), np.int16))
    assert group_samples(marks, ["a", "b"], [0, 0], SAME_RECORDING, 80).count() == 2


def test_a_jpeg_and_its_copies_in_other_formats_are_one_photo(bursts):
    saved = []
    for kind, how in (("JPEG", {"quality": 70}), ("PNG", {}), ("WEBP", {"quality": 50})):
        file = io.BytesIO()
        Image.fromarray(bursts.pixels[0]).save(file, kind, **how)
        saved.append(np.asarray(Image.open(file).convert("RGB")))
    assert grouped(np.stack(saved), [0, 0, 0]).count() == 1
