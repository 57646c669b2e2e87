"""Short form of `npm run bench -- truth:suspects`: wrong labels are named, and little else."""

import pytest
import torch
from mai.data.groups import alone
from truth_parts import BENCH, figures  # noqa: F401 - puts tools/bench on the path

from truth.parts import suspects  # isort: skip


def blobs(count=200, apart=6.0):
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 2
    return torch.randn(count, 40, generator=rng) + apart * torch.eye(40)[labels], labels, alone(count)


def test_nearly_all_flipped_labels_are_named_and_few_others():
    found = {figure.name: figure.details["together"] for figure in suspects._figures("x", blobs(), 3, 0, "blobs")}
    assert found["precision_x"] >= 0.8 and found["recall_x"] >= 0.9


@pytest.mark.skipif(not suspects.REAL.exists(), reason="the sample projects are not beside the repository")
def test_among_cats_and_dogs():
    found = {figure.name: figure.details["together"] for figure in
             suspects._figures("x", suspects._cats_and_dogs(), 4, 0, "dog_cat")}  # fmt: skip
    assert found["precision_x"] >= 0.8 and found["recall_x"] >= 0.9
