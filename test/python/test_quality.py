"""Shares with their ranges: the formula against known values, and what counts how much."""

import math

import pytest
import torch
from mai.quality.accuracy import label_mean, label_mean_error, label_weights, measure
from mai.quality.ranges import beta_cdf, share_range


# Clopper–Pearson limits at 95 %, by the binomial distribution itself below and from R's binom.test.
@pytest.mark.parametrize(
    ("right", "of", "least", "most"),
    [(24, 24, 0.8575, 1), (0, 10, 0, 0.3085), (5, 10, 0.1871, 0.8129), (1, 1, 0.025, 1), (485, 500, 0.9510, 0.9831)],
)
def test_known_ranges(right, of, least, most):
    found = share_range(right, of)
    assert (found.least, found.most) == (pytest.approx(least, abs=5e-5), pytest.approx(most, abs=5e-5))


@pytest.mark.parametrize(("right", "of"), [(1, 3), (7, 9), (40, 120), (999, 1000)])
def test_at_its_limits_the_count_is_seen_once_in_forty_times(right, of):
    def seen(share, counts):
        return sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in counts)

    found = share_range(right, of)
    assert seen(found.least, range(right, of + 1)) == pytest.approx(0.025, rel=1e-6)
    assert seen(found.most, range(right + 1)) == pytest.approx(0.025, rel=1e-6)


def test_of_nothing_nothing_is_known_and_part_counts_lie_between_whole_ones():
    assert (share_range(0, 0).least, share_range(0, 0).most) == (0, 1)
    assert share_range(3, 3).least < share_range(3.9, 3.9).least < share_range(4, 4).least
    assert beta_cdf(0.3, 2.5, 4.5) == pytest.approx(1 - beta_cdf(0.7, 4.5, 2.5))


def answers(*right_of):
    """(right, all) of each label → right bool [N], labels int64 [N]."""
    right = torch.cat([torch.arange(of) < count for count, of in right_of])
    return right, torch.cat([torch.full((of,), label) for label, (_, of) in enumerate(right_of)])


def test_as_issue_15_says_it():
    assert measure(*answers((12, 12), (12, 12))).fields() == {
        "right": 24,
        "checked": 24,
        "uneven": False,
        "expect_least": 86,
        "expect_most": 100,
    }


def test_every_label_counts_the_same_and_the_small_one_makes_the_range_wide():
    found = measure(*answers((30, 30), (0, 1)))
    assert (found.right, found.checked, found.share, found.uneven) == (30, 31, pytest.approx(0.5), True)
    assert found.independent == pytest.approx(4 / (1 / 30 + 1))
    assert found.range.least < 0.1 and found.range.most > 0.9


def test_photos_of_one_scene_are_one_and_a_large_scene_counts_for_more():
    right, labels = answers((24, 24))
    assert measure(right, labels, [row // 4 for row in range(24)]).independent == pytest.approx(6)
    assert measure(right, labels, [7] * 24).independent == pytest.approx(1)
    assert measure(right, labels, [0] * 18 + [1, 2, 3, 4, 5, 6]).independent == pytest.approx(24**2 / (18**2 + 6))


def test_answers_of_a_cross_validation_say_less_than_as_many_of_one_model():
    right, labels = answers((24, 24))
    assert measure(right, labels, folds=5).independent == pytest.approx(24 * 4 / 5)
    assert measure(right, labels, folds=2).independent == pytest.approx(12)
    assert measure(right, labels, [row // 2 for row in range(24)], folds=5).independent == pytest.approx(12 * 4 / 5)


def test_a_label_that_is_not_there_takes_no_part():
    right, labels = answers((3, 4), (0, 0), (1, 2))
    assert measure(right, labels).share == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_equal_counts_weigh_exactly_one_and_means_are_the_usual_ones_to_the_bit():
    values, labels = torch.rand(21, generator=torch.Generator().manual_seed(1)), torch.arange(21) % 3
    assert label_weights(labels).tolist() == [1.0] * 21
    assert label_mean(values, labels) == values.mean().item()
    assert label_mean(torch.tensor([1.0, 1.0, 0.0]), torch.tensor([0, 0, 1])) == pytest.approx(0.5)


def test_the_standard_error_of_a_mean_over_labels():
    values, labels = torch.tensor([1.0, 3.0, 0.0, 6.0, 6.0]), torch.tensor([0, 0, 1, 1, 1])
    assert label_mean_error(values, labels) == pytest.approx(math.sqrt(2 / 2 + 12 / 3) / 2)
    assert label_mean_error(values[:3], labels[:3]) == math.inf
