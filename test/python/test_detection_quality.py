"""The evaluator, the comparison of two networks and the choice of threshold, against cases worked by hand."""

import numpy as np
import pytest
from mai.detect.average_precision import average_precision
from mai.detect.compare import PhotoChange, changed_photos
from mai.detect.detections import Detections, Truth
from mai.detect.evaluate import evaluate_detections
from mai.detect.threshold import choose_threshold

LABELS = ("cat", "dog")
A, B, C = (0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10)


def found(*rows):
    boxes = np.array([row[0] for row in rows], np.float32).reshape(-1, 4)
    scores = np.array([row[1] for row in rows], np.float32)
    return Detections(boxes, scores, np.array([row[2] for row in rows], np.int64), scores)


def drawn(*rows):
    boxes = np.array([row[0] for row in rows], np.float32).reshape(-1, 4)
    return Truth(boxes, np.array([row[1] for row in rows], np.int64))


def test_everything_right_is_one():
    quality = evaluate_detections([found((A, 0.9, 0), (B, 0.8, 1))], [drawn((A, 0), (B, 1))], LABELS, 0.5, 0.5)
    assert (quality.map50, quality.precision, quality.recall) == pytest.approx((1, 1, 1))
    assert quality.confusion == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_average_precision_of_a_half_found_label():
    # cat: right, wrong, right of 2 drawn → precision 1 up to recall 0.5 (51 of 101 points), then 2/3.
    ap = average_precision([found((A, 0.9, 0), (C, 0.8, 0), (B, 0.7, 0))], [drawn((A, 0), (B, 0))], LABELS)
    assert ap.per_label["cat"] == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert ap.per_label["dog"] is None and ap.mean == ap.per_label["cat"]


@pytest.mark.parametrize(("right", "ap"), [(10, 0), (11, 1)])
def test_a_box_counts_from_an_iou_of_one_half(right, ap):
    """Of 10 × 20 pixels drawn, so many of the 20 are found: an IoU just below and just above 0.5."""
    seen = [found(((0, 0, 10, right - 0.5), 0.9, 0))]
    assert average_precision(seen, [drawn(((0, 0, 10, 20), 0))], LABELS).mean == pytest.approx(ap)


def test_nothing_found_and_nothing_drawn():
    assert average_precision([found()], [drawn((A, 0))], LABELS).mean == 0
    quality = evaluate_detections([found((A, 0.9, 0))], [drawn()], LABELS, 0.5, 0.5)
    assert (quality.map50, quality.precision, quality.recall) == (0, 0, 0)
    assert quality.per_label["cat"] == {"ap50": None, "precision": 0.0, "recall": None}


def test_confusions_misses_and_false_alarms_have_their_place():
    quality = evaluate_detections(
        [found((A, 0.9, 1), (C, 0.8, 0), (B, 0.2, 1)), found()],  # A called a dog, C invented, B below the threshold
        [drawn((A, 0), (B, 1)), drawn()],
        LABELS,
        0.5,
        0.5,
    )
    assert quality.confusion == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert (quality.precision, quality.recall) == (0, 0)


def test_a_second_box_on_the_same_thing_is_a_false_alarm():
    quality = evaluate_detections([found((A, 0.9, 0), ((0, 0, 10, 9), 0.8, 0))], [drawn((A, 0))], LABELS, 0.5, 0.5)
    assert quality.confusion == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert (quality.precision, quality.recall) == (0.5, 1)


def test_the_right_label_wins_a_box_over_a_better_scored_wrong_one():
    quality = evaluate_detections([found((A, 0.9, 1), (A, 0.8, 0))], [drawn((A, 0))], LABELS, 0.5, 0.5)
    assert quality.confusion == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_changes_between_two_networks_are_told_apart():
    before = [found((A, 0.9, 0)), found((A, 0.9, 0)), found((A, 0.9, 0)), found(), found((A, 0.9, 0))]
    after = [found((A, 0.6, 0)), found(), found(((6, 0, 16, 10), 0.9, 0)), found((B, 0.6, 1)), found((A, 0.9, 1))]
    assert changed_photos(before, after) == [
        PhotoChange(1, missing=1, extra=0, moved=0),
        PhotoChange(2, missing=0, extra=0, moved=1),
        PhotoChange(3, missing=0, extra=1, moved=0),
        PhotoChange(4, missing=1, extra=1, moved=0),
    ]


def test_the_threshold_lies_in_the_middle_of_the_gap():
    each = [found((A, 0.7, 0), (C, 0.2, 0)), found((B, 0.9, 1))]
    choice = choose_threshold(each, [drawn((A, 0)), drawn((B, 1))], 0.5)
    assert choice.threshold == pytest.approx(0.45) and choice.f1 == 1


def test_the_threshold_weighs_misses_against_false_alarms():
    # Right at 0.9 and 0.3, wrong at 0.6: taking all three gives F1 = 2·2/(3+2) = 0.8, only the first 2/3.
    choice = choose_threshold([found((A, 0.9, 0), (C, 0.6, 0), (B, 0.3, 0))], [drawn((A, 0), (B, 0))], 0.5)
    assert choice.threshold == pytest.approx(0.15) and choice.f1 == pytest.approx(0.8)


def test_without_a_right_box_the_threshold_is_the_projects():
    assert choose_threshold([found((C, 0.9, 0))], [drawn((A, 0))], 0.5, default=0.6).threshold == 0.6
