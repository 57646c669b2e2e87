"""Short form of `npm run bench -- truth:suspects`: wrong labels are named, and little else."""

import pytest
import torch
from mai.data.groups import alone
from truth_parts import BENCH  # noqa: F401 - puts tools/bench on the path

from truth.parts import suspects  # isort: skip
from truth.samples import SAMPLES  # isort: skip


def blobs(count=200, apart=6.0):
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 2
    features = torch.randn(count, 40, generator=rng) + apart * torch.eye(40)[labels]
    return suspects.Material(features, labels, alone(count))


def together(material, projects, **more):
    found = suspects.figures("x", material, projects, 0, "photos", **more)
    return {figure.name: figure.details for figure in found}


def test_nearly_all_flipped_labels_are_named_and_few_others():
    found = together(blobs(), 3)
    assert found["precision_x"]["together"] >= 0.8 and found["recall_x"]["together"] >= 0.9


def test_what_a_head_of_right_labels_would_find_is_printed_for_hard_photos():
    found = together(blobs(apart=3.0), 2, goals=("", ""))["recall_x"]
    assert found["clean"] < 99.5 and found["by_clean"] >= found["together"]


@pytest.mark.skipif(not (SAMPLES / "dog_cat.zip").exists(), reason="the sample projects are not beside the repository")
def test_among_cats_and_dogs():
    found = together(suspects.sample_material("dog_cat"), 4)
    assert found["precision_x"]["together"] >= 0.8 and found["recall_x"]["together"] >= 0.9
