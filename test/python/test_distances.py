"""What kidbright-mai-plus reads of a detector, by the rules of docs/ide-contract.md written once more by hand."""

import numpy as np
import pytest
from mai.detect.distances import STRIDES, cells, decode_distances
from mai.detect.geometry import fit_whole, into_fitted, out_of_fitted

CELLS = 1470


def answer(labels=2, scores=None, distances=None):
    """(1, 4 + N, A); `scores`: {(label, cell): score}, `distances`: {cell: (l, t, r, b) in strides}."""
    output = np.zeros((1, 4 + labels, CELLS), np.float32)
    output[0, :4] = 1
    for (label, cell), score in (scores or {}).items():
        output[0, 4 + label, cell] = score
    for cell, edges in (distances or {}).items():
        output[0, :4, cell] = edges
    return output


def found(output, labels=2, threshold=0.1, iou=0.5):
    (one,) = decode_distances(output, labels, threshold, iou)
    return one


def test_cells_are_row_major_the_finest_first():
    centres, strides = cells()
    assert [int((strides == stride).sum()) for stride in STRIDES] == [1120, 280, 70]
    assert centres[[0, 1, 40, 1119]].tolist() == [[4, 4], [12, 4], [4, 12], [316, 220]]
    assert centres[[1120, 1140, 1400, 1469]].tolist() == [[8, 8], [8, 24], [16, 16], [304, 208]]


@pytest.mark.parametrize(("cell", "box"), [
    (41 * 10, (76, 68, 108, 116)), (1120 + 20 * 5 + 4, (56, 56, 120, 152)), (1400 + 10 * 3 + 5, (144, 48, 272, 224)),
])  # fmt: skip
def test_a_box_is_so_many_strides_from_its_cells_centre(cell, box):
    """Cells (10, 10), (5, 4) and (3, 5) in row and column of their levels."""
    one = found(answer(scores={(1, cell): 0.9}, distances={cell: (1, 2, 3, 4)}))
    assert one.boxes.tolist() == [list(box)] and one.classes.tolist() == [1]
    assert one.scores.tolist() == pytest.approx([0.9])


def test_a_cell_has_one_class_and_boxes_are_cut_at_the_picture():
    one = found(answer(scores={(0, 0): 0.4, (1, 0): 0.6}, distances={0: (5, 5, 2, 2)}))
    assert (len(one), one.classes.tolist(), one.boxes.tolist()) == (1, [1], [[0, 0, 20, 20]])


def test_boxes_of_one_class_suppress_each_other_and_others_do_not():
    near = {410: (4, 4, 4, 4), 411: (4, 4, 4, 4)}
    assert found(answer(scores={(0, 410): 0.9, (0, 411): 0.8}, distances=near)).scores.tolist() == pytest.approx([0.9])
    assert len(found(answer(scores={(0, 410): 0.9, (1, 411): 0.8}, distances=near))) == 2
    assert len(found(answer(scores={(0, 410): 0.9, (0, 411): 0.8}, distances=near), iou=0.9)) == 2


def test_scores_below_the_threshold_and_of_the_padding_are_no_boxes():
    output = answer(labels=5, scores={(0, 10): 0.09, (3, 500): 0.5, (4, 1000): 0.9})
    one = found(output, labels=4)
    assert (one.classes.tolist(), one.scores.tolist()) == ([3], [0.5])


@pytest.mark.parametrize(("photo", "lies"), [
    ((640, 480), (10, 0, 299, 224)), ((480, 640), (76, 0, 168, 224)), ((320, 100), (0, 62, 320, 100)),
    ((3, 1000), (159, 0, 1, 224)),
])  # fmt: skip
def test_a_photo_is_fitted_whole_with_bars(photo, lies):
    fitted = fit_whole(photo, 320, 224)
    assert (fitted.left, fitted.top, fitted.width, fitted.height) == lies


def test_boxes_find_their_way_back_into_the_photo():
    fitted = fit_whole((640, 480), 320, 224)
    drawn = np.array([[0, 0, 640, 480], [100, 50, 300, 400]], np.float32)
    assert into_fitted(drawn, fitted)[0].tolist() == [10, 0, 309, 224]
    assert out_of_fitted(into_fitted(drawn, fitted), fitted) == pytest.approx(drawn, abs=0.01)
    assert out_of_fitted(np.array([[0, 0, 320, 224]], np.float32), fitted).tolist() == [[0, 0, 640, 480]]
