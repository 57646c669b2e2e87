"""The loss points the right way, and augmentation moves boxes with their pictures."""

import math

import pytest
import torch
from mai.data.boxes import boxes_in_square
from mai.data.detection_augment import Affine, AugmentRange, move_boxes, random_affine, random_colour, warp
from mai.detect.anchors import ANCHORS, output_channels
from mai.detect.decode import decode_boxes
from mai.detect.geometry import Square
from mai.train.detection.loss import Targets, ciou, detection_loss

ANCHOR_TENSOR = torch.tensor(ANCHORS)


def targets(*photos):
    most = max(len(photo) for photo in photos)
    boxes = torch.zeros(len(photos), most, 4)
    label = torch.zeros(len(photos), most, dtype=torch.int64)
    valid = torch.zeros(len(photos), most, dtype=torch.bool)
    for row, photo in enumerate(photos):
        for column, (box, which) in enumerate(photo):
            boxes[row, column], label[row, column], valid[row, column] = torch.tensor(box), which, True
    return Targets(boxes, label, valid)


def test_a_network_that_is_free_learns_the_boxes_and_scores_them_high():
    two = [((10.0, 10.0, 60.0, 90.0), 0), ((120.0, 90.0, 220.0, 200.0), 1)]
    drawn = targets([((30.0, 40.0, 110.0, 120.0), 1)], two)
    output = torch.zeros(2, output_channels(2), 7, 7, requires_grad=True)
    optimizer = torch.optim.Adam([output], lr=0.15)
    for _ in range(200):
        optimizer.zero_grad()
        loss = detection_loss(output, drawn, ANCHOR_TENSOR)
        loss.total.backward()
        optimizer.step()
    assert float(loss.box) < 0.05 and float(loss.cls) < 0.05
    first, second = decode_boxes(output.detach().numpy(), ANCHORS, 0.5, 0.5)
    assert torch.allclose(torch.from_numpy(first.boxes), drawn.boxes[0, :1], atol=2)
    assert first.classes.tolist() == [1] and sorted(second.classes.tolist()) == [0, 1]
    assert min(*first.scores, *second.scores) > 0.9


@pytest.mark.parametrize(
    ("size", "answering"), [*((anchor, [which]) for which, anchor in enumerate(ANCHORS)), ((7.2, 9.3), [2, 4])]
)
def test_a_box_is_answered_by_the_anchor_of_its_shape_and_by_others_like_it(size, answering):
    """`size` in cells; the last one overlaps two anchors by just over 0.6."""
    half = torch.tensor(size) * 16
    output = torch.zeros(1, output_channels(2), 7, 7, requires_grad=True)
    box = torch.cat([112 - half, 112 + half]).tolist()
    detection_loss(output, targets([(box, 0)]), ANCHOR_TENSOR).total.backward()
    learns = output.grad.view(len(ANCHORS), 7, 7, 7)[:, 5:].abs().sum((1, 2, 3)) > 0
    assert learns.nonzero().flatten().tolist() == answering


def test_complete_iou_by_hand():
    """A wide and a high box around one point, then one of them moved: overlap, distance and shape each count."""
    wide, high = torch.tensor([[0.0, 1.0, 4.0, 3.0]]), torch.tensor([[1.0, 0.0, 3.0, 4.0]])
    moved = high + torch.tensor([1.0, 0.0, 1.0, 0.0])
    shape = 4 / math.pi**2 * (math.atan(4 / 2) - math.atan(2 / 4)) ** 2
    for second, iou, apart in ((high, 4 / 12, 0.0), (moved, 4 / 12, 1 / (4**2 + 4**2))):
        closeness, plain = ciou(wide, second)
        assert float(plain) == pytest.approx(iou)
        assert float(closeness) == pytest.approx(iou - apart - shape * shape / (1 - iou + shape))


def test_photos_without_boxes_only_push_the_objectness_down():
    output = torch.zeros(1, output_channels(2), 7, 7, requires_grad=True)
    loss = detection_loss(output, targets([]), ANCHOR_TENSOR)
    loss.total.backward()
    grad = output.grad.view(len(ANCHORS), 7, 7, 7)
    assert (grad[:, 4] > 0).all() and float(grad[:, [0, 1, 2, 3, 5, 6]].abs().sum()) == 0
    assert float(loss.box) == float(loss.cls) == 0


def test_a_second_box_near_a_drawn_one_is_not_blamed():
    drawn = targets([((64.0, 64.0, 153.0, 211.0), 0)])  # the size of the second anchor
    output = torch.zeros(1, output_channels(1), 7, 7, requires_grad=True)
    detection_loss(output, drawn, ANCHOR_TENSOR).total.backward()
    grad = output.grad.view(len(ANCHORS), 6, 7, 7)[1, 4]
    centre_row, centre_col = 4, 3
    assert grad[centre_row, centre_col] < 0  # it has to answer
    assert grad[centre_row + 1, centre_col] == 0  # a cell further down, it overlaps by more than half
    assert grad[0, 0] > 0


@pytest.mark.parametrize("seed", range(5))
def test_a_box_stays_on_its_square_whatever_the_geometry(seed):
    """A white rectangle on grey is warped; where it is white afterwards is where its box went."""
    photo = torch.zeros(1, 3, 224, 224)
    photo[..., 70:150, 80:140] = 1
    box = torch.tensor([[[80.0, 70.0, 140.0, 150.0]]]) / 112 - 1
    generator = torch.Generator().manual_seed(seed)
    affine = random_affine(1, AugmentRange(zoom=0.3, shift=0.1), generator)
    moved, valid = move_boxes(box, torch.ones(1, 1, dtype=torch.bool), affine, 160)
    rows, columns = torch.nonzero(warp(photo, affine, 160)[0, 0] > 0.5, as_tuple=True)
    seen = torch.tensor([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], dtype=torch.float32)
    assert valid.all() and torch.allclose(moved[0, 0], seen, atol=1.5)


def shifted(x):
    return Affine(torch.ones(1, 2), torch.tensor([[x, 0.0]]))


def test_a_box_is_dropped_when_less_than_forty_percent_of_it_is_left():
    box, valid = torch.tensor([[[-1.0, -0.5, 0.0, 0.5]]]), torch.ones(1, 1, dtype=torch.bool)
    moved, kept = move_boxes(box, valid, shifted(-0.0), 200)
    assert kept.item() and moved.tolist() == [[[0, 50, 100, 150]]]
    moved, kept = move_boxes(box, valid, shifted(0.55), 200)  # −1..0 becomes −1.55..−0.55: 45 % are left
    assert kept.item() and moved[0, 0].tolist() == pytest.approx([0, 50, 45, 150], abs=1e-3)
    assert not move_boxes(box, valid, shifted(0.65), 200)[1].item()
    beyond = torch.tensor([[[-2.0, -0.5, -0.7, 0.5]]])  # 30 % of 1.3 lie inside the photo's square
    assert not move_boxes(beyond, valid, Affine(torch.full((1, 2), 2.0), torch.zeros(1, 2)), 200)[1].item()


def test_the_centre_square_keeps_what_is_visible_of_a_box():
    boxes = torch.tensor([[0.0, 20, 100, 80], [30, 20, 130, 80], [100, 0, 140, 40]]).numpy()
    truth = boxes_in_square(boxes, torch.tensor([0, 1, 0]).numpy(), Square(80, 0, 160), 160)
    assert truth.boxes.tolist() == [[0, 20, 50, 80], [20, 0, 60, 40]] and truth.classes.tolist() == [1, 0]


def test_colour_keeps_the_range_and_the_seed_keeps_the_colour():
    photos = torch.rand(4, 3, 32, 32) * 2 - 1
    first, second = (random_colour(photos, AugmentRange(), torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second) and first.abs().max() <= 1 and not torch.equal(first, photos)
    still = AugmentRange(0, 0, 0, 0, 0, 0, 0)
    assert torch.allclose(random_colour(photos, still, torch.Generator()), photos, atol=1e-6)
