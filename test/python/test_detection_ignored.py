"""A thing that is there but cannot be asked for is neither target nor background: in training and in checking."""

import numpy as np
import pytest
import torch
from detection_project import add_photo, voc_xml, write_project
from mai.data.boxes import boxes_in_square
from mai.data.detection_augment import AugmentRange
from mai.data.detection_batch import augmented_batches
from mai.data.detection_store import load_frames, load_squares
from mai.data.voc import AnnotatedPhoto, index_voc
from mai.detect.anchors import ANCHORS, output_channels
from mai.detect.average_precision import average_precision
from mai.detect.detections import ANY_CLASS, Detections, Truth
from mai.detect.evaluate import evaluate_detections
from mai.detect.geometry import Square
from mai.detect.threshold import choose_threshold
from mai.train.detection.loss import Targets, detection_loss
from mai.train.detection.validate import targets_of

LABELS = ("cat", "dog")
STILL = AugmentRange(0, 0, 0, 0, 0, 0, 0)


def targets(boxes, valid, ignored=None, classes=None):
    rows = torch.tensor([boxes], dtype=torch.float32)
    mask = None if ignored is None else torch.tensor([ignored])
    return Targets(rows, torch.tensor([classes or [0] * len(boxes)]), torch.tensor([valid]), mask)


def objectness_push(drawn):
    """Gradient of the objectness (A, rows, cols) of a network that says nothing yet."""
    output = torch.zeros(1, output_channels(1), 7, 7, requires_grad=True)
    detection_loss(output, drawn, torch.tensor(ANCHORS)).total.backward()
    return output.grad.view(len(ANCHORS), 6, 7, 7)[:, 4]


def test_no_cell_that_an_ignored_box_touches_learns_background():
    push = objectness_push(targets([[40.0, 70.0, 90.0, 100.0]], [False], [True]))
    touched = torch.zeros(7, 7, dtype=torch.bool)
    touched[2:4, 1:3] = True
    assert (push[:, touched] == 0).all() and (push[:, ~touched] > 0).all()
    assert (objectness_push(targets([[40.0, 70.0, 90.0, 100.0]], [False])) > 0).all()
    tiny = objectness_push(targets([[100.0, 100.0, 103.0, 103.0]], [False], [True]))
    assert (tiny[:, 3, 3] == 0).all() and (tiny != 0).sum() == len(ANCHORS) * 48


def test_a_box_to_be_found_under_an_ignored_one_is_still_learnt():
    both = targets([[64.0, 64.0, 153.0, 211.0], [0.0, 0.0, 224.0, 224.0]], [True, False], [False, True])
    push = objectness_push(both)
    assert push[1, 4, 3] < 0 and (push != 0).sum() == 1


@pytest.mark.parametrize("swap", [False, True])
def test_of_two_boxes_in_one_cell_and_anchor_the_better_shape_is_learnt_whatever_their_order(swap):
    close, other = [64.0, 64.0, 153.0, 211.0], [70.0, 60.0, 150.0, 200.0]  # anchor 1 is 89.3 × 146.9 pixels
    rows = [other, close] if swap else [close, other]
    output = torch.zeros(1, output_channels(2), 7, 7, requires_grad=True)
    drawn = targets(rows, [True, True], classes=[1, 0] if swap else [0, 1])
    detection_loss(output, drawn, torch.tensor(ANCHORS)).total.backward()
    of_class = output.grad.view(len(ANCHORS), 7, 7, 7)[1, 5:, 4, 3]
    assert of_class[0] < 0 < of_class[1]  # the class of the closer one


def test_of_two_equal_boxes_the_first_drawn_is_learnt():
    output = torch.zeros(1, output_channels(2), 7, 7, requires_grad=True)
    drawn = targets([[64.0, 64.0, 153.0, 211.0]] * 2, [True, True], classes=[1, 0])
    detection_loss(output, drawn, torch.tensor(ANCHORS)).total.backward()
    of_class = output.grad.view(len(ANCHORS), 7, 7, 7)[1, 5:, 4, 3]
    assert of_class[1] < 0 < of_class[0]


def test_the_visible_part_of_what_a_square_cuts_is_ignored():
    boxes = np.array([[0, 20, 100, 80], [30, 20, 130, 80], [100, 0, 104, 40], [0, 0, 40, 40]], np.float32)
    hard = np.array([[150, 100, 300, 200]], np.float32)
    truth = boxes_in_square(boxes, np.array([0, 1, 0, 1]), Square(80, 0, 160), 160, hard, np.array([ANY_CLASS]))
    assert (truth.boxes.tolist(), truth.classes.tolist()) == ([[0, 20, 50, 80]], [1])
    assert truth.ignored.tolist() == [[0, 20, 20, 80], [20, 0, 24, 40], [70, 100, 160, 160]]
    assert truth.ignored_classes.tolist() == [0, 0, ANY_CLASS]


def found(*rows):
    boxes = np.array([row[0] for row in rows], np.float32).reshape(-1, 4)
    scores = np.array([row[1] for row in rows], np.float32)
    return Detections(boxes, scores, np.array([row[2] for row in rows], np.int64), scores)


A, B, PART = (0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10)
TRUTH = Truth(np.array([A], np.float32), np.array([0]), np.array([PART], np.float32), np.array([0]))
ANY = Truth(np.array([A], np.float32), np.array([0]), np.array([PART], np.float32), np.array([ANY_CLASS]))


def test_finding_what_is_ignored_is_neither_right_nor_wrong():
    seen = [found((PART, 0.95, 0), (A, 0.9, 0), (B, 0.3, 0))]
    assert average_precision(seen, [TRUTH], LABELS).per_label == {"cat": 1.0, "dog": None}
    quality = evaluate_detections(seen, [TRUTH], LABELS, 0.5, 0.5)
    assert quality.confusion == [[1, 0, 0], [0, 0, 0], [0, 0, 0]] and quality.precision == quality.recall == 1
    choice = choose_threshold(seen, [TRUTH], 0.5)
    assert (choice.f1, choice.precision) == (1, 1) and choice.threshold == pytest.approx(0.6)


def test_missing_what_is_ignored_costs_nothing():
    quality = evaluate_detections([found((A, 0.9, 0))], [TRUTH], LABELS, 0.5, 0.5)
    assert (quality.map50, quality.recall) == (1, 1)


def test_another_label_at_an_ignored_place_is_wrong_unless_its_label_is_unknown():
    seen = [found((A, 0.9, 0), (PART, 0.8, 1))]
    assert evaluate_detections(seen, [TRUTH], LABELS, 0.5, 0.5).confusion[2] == [0, 1, 0]
    assert evaluate_detections(seen, [ANY], LABELS, 0.5, 0.5).confusion[2] == [0, 0, 0]
    dog = Truth(np.array([A, B], np.float32), np.array([0, 1]), ANY.ignored, ANY.ignored_classes)
    twice = [found((A, 0.9, 0), (PART, 0.8, 1), (B, 0.7, 1))]
    assert average_precision(twice, [dog], LABELS).mean == 1


def test_what_lies_mostly_outside_an_ignored_box_is_wrong():
    seen = [found((A, 0.9, 0), ((44, 0, 60, 10), 0.8, 0))]
    assert evaluate_detections(seen, [TRUTH], LABELS, 0.5, 0.5).confusion[2] == [1, 0, 0]


def annotated(tmp_path, rows, size):
    write_project(tmp_path / "p", labels=LABELS)
    for name in "ab":
        add_photo(tmp_path / "p", name, [], size=size, xml=voc_xml(rows, *size))
    return index_voc(tmp_path / "p/dataset", LABELS)


def test_batches_and_checks_carry_what_is_ignored(tmp_path):
    hard = ("cat", 100, 100, 150, 150)
    photos = annotated(tmp_path, [("cat", 10, 10, 60, 60), ("dog", 80, 10, 82, 60), hard], (224, 224))
    photos = [AnnotatedPhoto(**{**vars(photo), "ignored": np.concatenate([photo.ignored, photo.boxes[1:]]),
                                "ignored_classes": np.array([1, 0]), "boxes": photo.boxes[:1],
                                "classes": photo.classes[:1]}) for photo in photos]  # fmt: skip
    frames, squares = load_frames(photos, tmp_path), load_squares(photos, tmp_path)
    (batch,) = augmented_batches(
        frames, [torch.tensor([0, 1])], 224, STILL, torch.device("cpu"), torch.Generator().manual_seed(0)
    )
    checked = targets_of(squares, range(2), torch.device("cpu"))
    for boxes, classes, valid, ignored in (batch[1:], (checked.boxes, checked.classes, checked.valid, checked.ignored)):
        assert valid.tolist() == [[True, False, False]] * 2 and ignored.tolist() == [[False, True, True]] * 2
        assert boxes[0].tolist() == pytest.approx(np.array([[10, 10, 60, 60], [80, 10, 82, 60], hard[1:]]), abs=1e-3)
        assert classes[0, 0] == 0


def test_a_square_that_cuts_a_thing_ignores_its_part_and_nothing_that_is_gone(tmp_path):
    photos = annotated(tmp_path, [("cat", 0, 10, 200, 110), ("dog", 560, 10, 600, 110)], (672, 224))
    frames = load_frames(photos, tmp_path)
    states = set()
    for seed in range(40):
        rng = torch.Generator().manual_seed(seed)
        (batch,) = augmented_batches(frames, [torch.tensor([0])], 128, STILL, torch.device("cpu"), rng)
        boxes, _, valid, ignored = (part[0] for part in batch[1:])
        for index in range(2):
            width, height = (boxes[index, 2:] - boxes[index, :2]).tolist()
            whole = (200, 40)[index] * 100 * (128 / 224) ** 2
            share = width * height / whole if width > 0 else 0.0
            assert bool(valid[index]) == (share >= 0.4 and width >= 6)
            assert bool(ignored[index]) == (share > 0 and not valid[index])
            states.add((index, bool(valid[index]), bool(ignored[index])))
    assert {(0, True, False), (0, False, True), (0, False, False)} <= states
