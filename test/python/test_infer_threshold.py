"""Which boxes an answer holds: each network by its own threshold, unless the request names one."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mai.detect.anchors import ANCHORS, output_channels
from mai.infer.detect import detect
from mai.infer.protocol import Request
from photo_project import photo

SCORES = (0.3, 0.5, 0.7)  # of three boxes far apart


def output(rows, scores=SCORES):
    """What a network of one label says where it is so sure of boxes in the first column, at these rows."""
    values = np.full((1, output_channels(1), 7, 7), 0.0, np.float32)
    values[:, 4::6] = -20
    for row, score in zip(rows, scores, strict=True):
        values[0, 4, row, 0] = np.log(score / (1 - score))
    return values


@pytest.fixture
def ask(tmp_path):
    photo(0, 0).save(tmp_path / "photo.png")

    def ask(board_threshold=None, rows=(0, 3, 6), scores=SCORES, threshold=None, **config):
        trained = SimpleNamespace(name="slim_yolo_v2", train_config=config, arch={"anchors": ANCHORS}, labels=("disc",))
        loaded = SimpleNamespace(
            trained=trained,
            board_threshold=board_threshold,
            answers=lambda _, board: (output(rows, scores), output(rows, scores) if board else None),
        )
        with torch.inference_mode():
            found = detect(loaded, Request(tmp_path, tmp_path / "photo.png", "detection", threshold, board=True))
        return len(found["boxes"]), len(found["board"]["boxes"])

    return ask


@pytest.mark.parametrize(("own", "board", "asked", "boxes"), [
    (0.6, 0.2, None, (1, 3)),  # the project's, and the one that the conversion chose
    (0.4, 0.6, None, (2, 1)),
    (0.4, None, None, (2, 2)),  # a conversion from before thresholds were chosen
    (0.6, 0.6, 0.2, (3, 3)),  # the request's wins, on both
    (0.2, 0.2, 0.6, (1, 1)),
    (0.6, 0.6, 0.0, None),  # everything, whatever its score
])  # fmt: skip
def test_the_threshold_of_each_network(ask, own, board, asked, boxes):
    found = ask(board, threshold=asked, object_threshold=own, iou_threshold=0.5)
    assert found == boxes if boxes else min(found) > 3


def test_without_settings_the_threshold_is_one_half(ask):
    assert ask() == (2, 2)


@pytest.mark.parametrize(("iou_threshold", "boxes"), [(0.2, (1, 1)), (0.5, (2, 2))])
def test_boxes_of_one_thing_are_joined_as_the_project_says(ask, iou_threshold, boxes):
    """Of the first anchor's height (63 pixels), one row (32 pixels) apart: an IoU of about a third."""
    found = ask(rows=(2, 3), scores=(0.7, 0.8), object_threshold=0.5, iou_threshold=iou_threshold)
    assert found == boxes
