"""In how many photos all is found and nothing else."""

import numpy as np
import pytest
from mai.detect.detections import Detections, Truth
from mai.detect.whole_photos import finds_all_boxes, photos_right

BOX, OTHER = [10.0, 10.0, 50.0, 50.0], [100.0, 100.0, 150.0, 150.0]
TRUTH = Truth(np.array([BOX], np.float32), np.array([0]))


def found(*boxes: tuple[list[float], float, int]) -> Detections:
    """(box, score, label) each."""
    scores = np.array([score for _, score, _ in boxes], np.float32)
    return Detections(
        np.array([box for box, _, _ in boxes], np.float32).reshape(-1, 4), scores,
        np.array([label for _, _, label in boxes], np.int64), scores,
    )  # fmt: skip


@pytest.mark.parametrize(("boxes", "right"), [
    ([(BOX, 0.9, 0)], True),
    ([(BOX, 0.9, 1)], False),
    ([(OTHER, 0.9, 0)], False),
    ([(BOX, 0.9, 0), (OTHER, 0.8, 1)], False),
    ([], False),
])  # fmt: skip
def test_a_photo_is_right_where_all_is_found_and_nothing_else(boxes, right):
    assert finds_all_boxes(found(*boxes), TRUTH, 0.5) == right


def test_where_nothing_is_drawn_nothing_may_be_found_but_what_is_ignored():
    empty = np.zeros((0, 4), np.float32)
    assert finds_all_boxes(found(), Truth(empty, np.zeros(0, np.int64)), 0.5)
    assert not finds_all_boxes(found((BOX, 0.9, 0)), Truth(empty, np.zeros(0, np.int64)), 0.5)
    ignoring = Truth(empty, np.zeros(0, np.int64), np.array([BOX], np.float32), np.array([0]))
    assert finds_all_boxes(found((BOX, 0.9, 0)), ignoring, 0.5)


def test_no_photo_chooses_the_threshold_by_which_it_is_right():
    """One photo's box scores 0.2, where the others have wrong ones: the threshold of all photos would let it pass."""
    surely, faintly = found((BOX, 0.9, 0)), found((BOX, 0.2, 0))
    noisy = found((BOX, 0.9, 0), (OTHER, 0.3, 0), (OTHER, 0.31, 1))
    photos = [faintly, noisy, noisy, noisy, noisy, surely, surely, surely, surely, surely]
    counted = photos_right(photos, [TRUTH] * 10, range(10), 0.5, 0.5)
    assert (counted.right, counted.checked) == (9, 10)


def test_the_range_counts_scenes():
    photos = [found((BOX, 0.9, 0))] * 12
    assert photos_right(photos, [TRUTH] * 12, range(12), 0.5, 0.5).independent == pytest.approx(12)
    assert photos_right(photos, [TRUTH] * 12, [row // 4 for row in range(12)], 0.5, 0.5).independent == pytest.approx(3)


def test_a_detector_that_finds_nothing_is_reported_with_the_usual_threshold():
    assert photos_right([found()] * 6, [TRUTH] * 6, range(6), 0.5, 0.5).right == 0
