"""Short form of `npm run bench -- truth:unknown`: names that are kept, and other things that are refused."""

import torch
from truth_parts import BENCH  # noqa: F401 - puts tools/bench on the path

from truth.parts import unknown  # isort: skip


def blobs(labels=4, count=100, apart=8.0):
    rng = torch.Generator().manual_seed(0)
    of = torch.arange(labels * count) % labels
    return unknown.Material(torch.randn(labels * count, 40, generator=rng) + apart * torch.eye(40)[of], of)


def measured(whole, projects):
    return {figure.name: figure for figure in unknown.figures("x", whole, projects, 0, 39, "blobs")}


def test_known_labels_keep_their_name_as_promised_and_other_things_are_refused():
    found = measured(blobs(), 20)
    assert found["coverage_x"].details["off"] <= 3
    assert sum(found["refused_at_95_x"].values) / 20 >= 80
    assert found["refused_at_95_x"].goal


def test_where_labels_are_mixed_up_the_rate_is_printed_without_a_goal():
    found = measured(blobs(apart=1.0), 4)
    assert found["refused_at_95_x"].details["right"] < 95 and not found["refused_at_95_x"].goal
