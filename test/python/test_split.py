"""The split: stratified, seeded, decided by names, at least one sample of every label on each side."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mai.data.split import split_samples
from mai.errors import MaiError


def sides(names, classes, percent, seed=0):
    split = split_samples(names, classes, [f"label {c}" for c in range(max(classes) + 1)], percent, seed)
    return {names[i] for i in split.train}, {names[i] for i in split.validation}


@given(st.lists(st.integers(2, 40), min_size=1, max_size=4), st.integers(1, 99), st.integers(0, 5))
def test_every_label_is_on_both_sides_in_about_the_share_asked_for(counts, percent, seed):
    classes = [c for c, count in enumerate(counts) for _ in range(count)]
    names = [f"dataset/{c}/{i}.jpg" for i, c in enumerate(classes)]
    split = split_samples(names, classes, [str(c) for c in range(len(counts))], percent, seed)
    assert sorted(split.train + split.validation) == list(range(len(names)))
    for c, count in enumerate(counts):
        held_back = sum(classes[i] == c for i in split.validation)
        assert 1 <= held_back <= count - 1
        assert abs(held_back - count * (100 - percent) / 100) <= 1


def test_the_order_of_the_file_system_does_not_matter():
    names = [f"dataset/{i % 3}/{i}.jpg" for i in range(60)]
    shuffled = random.Random(7).sample(names, len(names))
    label_of = [int(name.split("/")[1]) for name in names]
    assert sides(names, label_of, 80) == sides(shuffled, [int(n.split("/")[1]) for n in shuffled], 80)


def test_another_seed_is_another_split():
    names, classes = [f"{i}" for i in range(50)], [0] * 25 + [1] * 25
    assert sides(names, classes, 80, seed=0) != sides(names, classes, 80, seed=1)


def test_samples_keep_their_side_when_others_are_added():
    names, classes = [f"{i}" for i in range(100)], [0] * 50 + [1] * 50
    _, before = sides(names, classes, 80)
    _, after = sides([*names, "new 1", "new 2"], [*classes, 0, 1], 80)
    assert len(before & after) >= len(before) - 2


@given(st.lists(st.integers(0, 9), min_size=2, max_size=40), st.integers(1, 99), st.integers(0, 5))
def test_copies_of_one_file_are_on_one_side(files, percent, seed):
    """A photo that was learnt by heart is no check, under whatever name."""
    names, contents = [str(i) for i in range(len(files))], [str(file) for file in files]
    split = split_samples(names, [0] * len(files), ["cat"], percent, seed, contents)
    assert sorted(split.train + split.validation) == list(range(len(files)))
    assert split.train and split.validation
    if len(set(files)) > 1:
        assert not {files[i] for i in split.train} & {files[i] for i in split.validation}


def test_without_copies_their_contents_change_nothing():
    names, classes = [f"{i}" for i in range(60)], [0] * 30 + [1] * 30
    contents = [f"digest {i}" for i in range(60)]
    assert split_samples(names, classes, "ab", 80, 3, contents) == split_samples(names, classes, "ab", 80, 3)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_samples_names_the_label_and_the_count_needed(count):
    with pytest.raises(MaiError) as caught:
        split_samples(["a", "b"] + ["c"] * count, [0, 0] + [1] * count, ["cat", "แมว"], 80, 0)
    assert caught.value.code == "too_few_samples"
    assert caught.value.params == {"label": "แมว", "count": count, "needed": 2}
