"""Which cells answer for a drawn box, and what a detector without anchors learns from it."""

import pytest
import torch
from mai.detect.distances import cells
from mai.train.detection.aligned_loss import aligned_loss
from mai.train.detection.assign import CELLS, assign
from mai.train.detection.loss import Targets

SIZE = (64, 96)  # 8×12, 4×6 and 2×3 cells
CENTRES, STRIDES = (torch.from_numpy(each) for each in cells(*SIZE))
EXACT = torch.tensor([20.0, 12.0, 60.0, 44.0])


def targets(*boxes, ignored=()):
    """One photo; boxes are (corners, class). Behind them there is room for one more, as in a batch."""
    every = [*boxes, *ignored, ([0.0] * 4, 0)]
    corners = torch.tensor([[box for box, _ in every]], dtype=torch.float32)
    classes = torch.tensor([[label for _, label in every]], dtype=torch.int64)
    valid, there = torch.zeros(2, 1, len(every), dtype=torch.bool)
    valid[0, : len(boxes)] = True
    there[0, len(boxes) : -1] = True
    return Targets(corners, classes, valid, there)


def reaching(box):
    """Distances (A, 4) in strides that make every cell's box equal to `box`."""
    edges = torch.cat([CENTRES - box[:2], box[2:] - CENTRES], 1)
    return edges / STRIDES[:, None]


def output(distances, logits):
    return torch.cat([distances.T, logits.T])[None].clone().requires_grad_()


def assigned(scores, boxes, drawn):
    return assign(scores[None], boxes[None], CENTRES, drawn.boxes, drawn.classes, drawn.valid)


def test_the_best_cells_within_the_box_answer_and_the_best_of_them_learns_the_best_overlap():
    boxes = EXACT.repeat(len(CENTRES), 1)
    boxes[50, 2] += 20  # still overlaps, but less
    one = assigned(torch.full((len(CENTRES), 2), 0.5), boxes, targets((EXACT.tolist(), 1)))
    assert len(one.cell) == CELLS and set(one.drawn.tolist()) == {0}
    inside = (CENTRES[one.cell] > EXACT[:2]).all(1) & (CENTRES[one.cell] < EXACT[2:]).all(1)
    assert inside.all() and one.goal.max() == pytest.approx(1.0)


def test_the_goal_is_the_overlap_that_is_reached():
    half = torch.tensor([20.0, 12.0, 40.0, 44.0])  # of the drawn box
    one = assigned(torch.full((len(CENTRES), 2), 0.5), half.repeat(len(CENTRES), 1), targets((EXACT.tolist(), 1)))
    assert one.goal.tolist() == pytest.approx([0.5] * CELLS)


def test_a_cell_that_is_surer_of_the_label_goes_before_others():
    scores = torch.full((len(CENTRES), 2), 0.1)
    in_box = ((EXACT[:2] < CENTRES) & (EXACT[2:] > CENTRES)).all(1).nonzero().flatten()
    sure, unsure = in_box[-CELLS:], in_box[:-CELLS]
    scores[sure, 1] = 0.9
    scores[unsure, 0] = 0.9  # of another label
    one = assigned(scores, EXACT.repeat(len(CENTRES), 1), targets((EXACT.tolist(), 1)))
    assert sorted(one.cell.tolist()) == sorted(sure.tolist())


def test_a_cell_answers_for_the_box_that_it_overlaps_most():
    other = [16.0, 8.0, 80.0, 60.0]
    one = assigned(torch.full((len(CENTRES), 2), 0.5), EXACT.repeat(len(CENTRES), 1),
                   targets((other, 0), (EXACT.tolist(), 1)))  # fmt: skip
    assert len(one.cell.unique()) == len(one.cell)
    assert (one.drawn == 1).sum() == CELLS


def test_a_box_smaller_than_the_cells_has_one_that_answers():
    tiny = [1.0, 1.0, 3.0, 3.0]
    one = assigned(torch.full((len(CENTRES), 1), 0.01), EXACT.repeat(len(CENTRES), 1), targets((tiny, 0)))
    assert one.cell.tolist() == [0]


def test_right_boxes_with_right_scores_cost_nearly_nothing():
    logits = torch.full((len(CENTRES), 2), -12.0)
    distances = reaching(EXACT)
    drawn = targets((EXACT.tolist(), 1))
    first = assigned(logits.sigmoid(), EXACT.repeat(len(CENTRES), 1), drawn)
    logits[first.cell, 1] = 12.0
    right = aligned_loss(output(distances, logits), drawn, SIZE)
    wrong = aligned_loss(output(distances + 1, -logits), drawn, SIZE)
    assert right["train_loss"] < 1e-3 < 1 < wrong["train_loss"]
    assert right["loss_box"] < 1e-3 and wrong["loss_box"] > 0.2 and wrong["loss_class"] > 1


def test_photos_without_boxes_teach_that_nothing_is_there():
    one = output(torch.ones(len(CENTRES), 4), torch.zeros(len(CENTRES), 2))
    losses = aligned_loss(one, targets(), SIZE)
    losses["train_loss"].backward()
    assert losses["loss_box"] == 0 and (one.grad[0, 4:] > 0).all() and (one.grad[0, :4] == 0).all()


def test_what_is_ignored_is_neither_praised_nor_blamed():
    one = output(torch.ones(len(CENTRES), 4), torch.zeros(len(CENTRES), 2))
    aligned_loss(one, targets(ignored=[(EXACT.tolist(), 0)]), SIZE)["train_loss"].backward()
    inside = ((EXACT[:2] < CENTRES) & (EXACT[2:] > CENTRES)).all(1)
    assert (one.grad[0, 4:, inside] == 0).all() and (one.grad[0, 4:, ~inside] > 0).all()


def test_a_drawn_thing_is_learnt_though_it_lies_in_an_ignored_one():
    one = output(reaching(EXACT), torch.zeros(len(CENTRES), 2))
    aligned_loss(one, targets((EXACT.tolist(), 1), ignored=[([0.0, 0.0, 96.0, 64.0], 0)]), SIZE)[
        "train_loss"
    ].backward()
    assert int((one.grad[0, 5] < 0).sum()) == CELLS and (one.grad[0, 5] <= 0).all()
