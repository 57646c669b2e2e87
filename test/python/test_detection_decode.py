"""The decoder against a scalar reading of the formula, and geometry against cases worked by hand."""

import math

import numpy as np
import pytest
from mai.detect.anchors import ANCHORS, output_channels
from mai.detect.decode import decode_boxes
from mai.detect.detections import Detections
from mai.detect.geometry import centre_square, clip, into_square, iou, out_of_square
from mai.detect.nms import suppress


def boxes_one_by_one(output, classes, threshold):
    """b_x = (σ(t_x)+col)·32, b_w = anchor_w·e^{t_w}·32, score = σ(obj)·softmax(classes), one box at a time."""

    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    found = []
    for a, (anchor_w, anchor_h) in enumerate(ANCHORS):
        for row in range(7):
            for col in range(7):
                v = [float(output[a * (5 + classes) + k, row, col]) for k in range(5 + classes)]
                weights = [math.exp(x) for x in v[5:]]
                best = max(range(classes), key=lambda k: v[5 + k])
                score = sigmoid(v[4]) * weights[best] / sum(weights)
                if score < threshold:
                    continue
                x, y = (sigmoid(v[0]) + col) * 32, (sigmoid(v[1]) + row) * 32
                w, h = anchor_w * math.exp(v[2]) * 32, anchor_h * math.exp(v[3]) * 32
                edges = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
                found.append(([min(max(e, 0), 224) for e in edges], score, best))
    return sorted(found, key=lambda each: -each[1])


@pytest.mark.parametrize("classes", [1, 2, 5])
@pytest.mark.parametrize("threshold", [0.0, 0.4])
def test_the_decoder_says_what_the_formula_says(classes, threshold):
    output = np.random.default_rng(classes).normal(0, 1.5, (3, output_channels(classes), 7, 7)).astype(np.float32)
    for index, found in enumerate(decode_boxes(output, ANCHORS, threshold)):
        expected = boxes_one_by_one(output[index], classes, threshold)
        assert len(found) == len(expected)
        np.testing.assert_allclose(found.scores, [each[1] for each in expected], rtol=1e-5)
        np.testing.assert_allclose(found.boxes, [each[0] for each in expected], atol=1e-3)
        assert found.classes.tolist() == [each[2] for each in expected]


def test_values_out_of_all_measure_stay_finite():
    output = np.full((1, output_channels(2), 7, 7), 1e4, np.float32)
    found = decode_boxes(np.concatenate([output, -output]), ANCHORS)
    assert all(np.isfinite(each.boxes).all() and np.isfinite(each.scores).all() for each in found)


def test_a_network_that_says_nan_finds_nothing():
    assert len(decode_boxes(np.full((1, output_channels(2), 7, 7), np.nan, np.float32), ANCHORS, 0.1)[0]) == 0


def test_the_anchors_are_those_of_the_boards_firmware():
    """Its YOLOv2 decoder has these ten numbers; a network trained with others finds boxes of wrong sizes there."""
    assert [number for anchor in ANCHORS for number in anchor] == [
        1.19, 1.98, 2.79, 4.59, 4.53, 8.92, 8.06, 5.29, 10.32, 10.65,
    ]  # fmt: skip


def detections(*rows):
    boxes, scores, classes = (np.array(column) for column in zip(*rows, strict=True))
    scores = scores.astype(np.float32)
    return Detections(boxes.astype(np.float32), scores, classes.astype(np.int64), scores)


def test_suppression_is_per_class_and_keeps_the_best():
    found = detections(
        ((0, 0, 10, 10), 0.6, 0),
        ((0, 0, 10, 9), 0.9, 0),  # IoU 0.9 with the first, and better
        ((0, 0, 10, 10), 0.5, 1),  # another class: stays
        ((5, 0, 15, 10), 0.4, 0),  # IoU 1/3 with the first: stays
    )
    kept = suppress(found, 0.5)
    assert kept.scores.tolist() == pytest.approx([0.9, 0.5, 0.4])
    assert suppress(found, 0.2).scores.tolist() == pytest.approx([0.9, 0.5])


def test_iou_and_clipping_by_hand():
    boxes = np.array([[0, 0, 10, 10], [5, 5, 15, 15], [20, 20, 30, 30], [7, 7, 3, 3]], np.float32)
    assert iou(boxes[:1], boxes)[0].tolist() == pytest.approx([1, 25 / 175, 0, 0])
    assert clip(np.array([[-5, 3, 40, 9]], np.float32), 30, 8).tolist() == [[0, 3, 30, 8]]


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (224, 224), (301, 200)])
def test_boxes_come_back_from_the_centre_square(size):
    square = centre_square(*size)
    boxes = np.array([[100, 100, 180, 190]], np.float32)
    there = into_square(boxes, square, 224)
    np.testing.assert_allclose(out_of_square(there, square, 224), boxes, atol=1e-3)
    centre = np.array([[size[0] / 2, size[1] / 2] * 2], np.float32)
    np.testing.assert_allclose(into_square(centre, square, 224), 112, atol=1)
