"""Copies of things that are pasted into photos to learn from: there, whole, soft at the edge, and with true boxes."""

import numpy as np
import pytest
import torch
from detection_project import add_photo, write_project
from mai.data.detection_augment import AugmentRange
from mai.data.detection_batch import augmented_batches
from mai.data.detection_paste import Copy
from mai.data.detection_store import load_frames
from mai.data.voc import index_voc

SIDE = 224
SEEDS = range(10)
STILL = AugmentRange(0, 0, 0, 0, 0, 0, 0)
COPIES = 3


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """A red and a blue square in the corners of two photos of middle grey noise, and a photo with nothing in it."""
    project = write_project(tmp_path_factory.mktemp("paste") / "p")
    add_photo(project, "a", [("red", 10, 10, 58, 58)], size=(SIDE, SIDE))
    add_photo(project, "b", [("blue", 150, 150, 214, 214)], size=(SIDE, SIDE), seed=1)
    add_photo(project, "c", [], size=(SIDE, SIDE), seed=2)
    return load_frames(index_voc(project / "dataset", ("blue", "red")), project)


def batch_of(frames, seed, copies=COPIES, may_mirror=None, ranges=STILL):
    rng = torch.Generator().manual_seed(seed)
    (batch,) = augmented_batches(
        frames, [torch.arange(len(frames))], SIDE, ranges, torch.device("cpu"), rng, may_mirror, copies
    )
    return batch


def things(batch):
    """(row, label, left, top, right, bottom) of each box to be found."""
    _, boxes, classes, valid, _ = batch
    for row, number in valid.nonzero().tolist():
        yield row, int(classes[row, number]), *(round(edge) for edge in boxes[row, number].tolist())


def test_a_copy_is_where_its_box_is_and_is_of_its_label(frames):
    """Blue is label 0: its channel is the largest in the middle half of each box, and red's in those of label 1."""
    labels = []
    for seed in SEEDS:
        batch = batch_of(frames, seed)
        for row, label, left, top, right, bottom in things(batch):
            quarter = (right - left) // 4
            middle = batch[0][row][:, top + quarter : bottom - quarter, left + quarter : right - quarter]
            assert middle.mean((1, 2)).argmax() == (2 if label == 0 else 0)
            labels.append(label)
    assert min(labels.count(0), labels.count(1)) > len(SEEDS)


def test_a_box_ends_where_its_copy_ends(frames):
    for seed in SEEDS:
        batch = batch_of(frames, seed)
        for row, label, *edges in things(batch):
            strong = batch[0][row][2 if label == 0 else 0] - batch[0][row][1] > 0.7
            within = torch.zeros_like(strong)
            within[max(edges[1] - 6, 0) : edges[3] + 6, max(edges[0] - 6, 0) : edges[2] + 6] = True
            rows, columns = (strong & within).nonzero(as_tuple=True)
            seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert all(abs(int(one) - edge) <= 3 for one, edge in zip(seen, edges, strict=True))


def test_copies_cover_nothing(frames):
    counts = []
    for seed in SEEDS:
        found = list(things(batch_of(frames, seed)))
        counts.append(len(found))
        for first in found:
            for second in found:
                if first is not second and first[0] == second[0]:
                    assert (
                        first[4] <= second[2] or second[4] <= first[2] or first[5] <= second[3] or second[5] <= first[3]
                    )
    assert max(counts) > 4 and min(counts) < max(counts)


def test_a_photo_without_anything_gets_copies_too(frames):
    assert any(row == 2 for seed in SEEDS for row, *_ in things(batch_of(frames, seed)))


def test_a_photo_with_a_copy_that_may_not_be_mirrored_is_not(frames):
    """Only photo `a` may be mirrored, and is in every batch with nothing else; with a blue copy in it no longer."""
    turned = AugmentRange(0, 0, 0, flip=1.0, light=0, saturation=0, tint=0)
    mirrored = []
    for seed in SEEDS:
        batch = batch_of(frames, seed, may_mirror=torch.tensor([True, False, False]), ranges=turned)
        labels = {label for row, label, *_ in things(batch) if row == 0}
        own = batch[1][0, 0]
        is_mirrored = bool(own[0] > SIDE / 2)
        assert is_mirrored == (labels == {1})
        mirrored.append(is_mirrored)
    assert any(mirrored) and not all(mirrored)


def test_the_same_seed_pastes_the_same(frames):
    first, second, other = (batch_of(frames, seed) for seed in (5, 5, 6))
    assert all(torch.equal(one, another) for one, another in zip(first, second, strict=True))
    assert not torch.equal(first[0], other[0])


def test_the_stored_photos_stay_as_they_are(frames):
    before = frames.pixels.clone()
    batch_of(frames, 0)
    assert torch.equal(frames.pixels, before)


def test_a_copy_fades_out_around_its_box():
    opacity = Copy(torch.zeros(20, 40, 3), (10, 5, 30, 15)).opacity()[..., 0]
    assert (opacity[5:15, 10:30] == 1).all()
    assert np.all(np.diff(opacity[10, :10]) > 0) and opacity[10, 0] < 0.2
    assert (opacity[0] <= 0.2).all() and (opacity[:, -1] <= 0.2).all()


def test_a_copy_covers_what_is_under_its_box_and_is_mixed_with_what_is_around():
    copy = Copy(torch.full((20, 40, 3), 200.0), (10, 5, 30, 15))
    square = torch.full((60, 60, 3), 100, dtype=torch.uint8)
    copy.blend_into(square, 3, 7)
    assert (square[12:22, 13:33] == 200).all() and (square[:7] == 100).all() and (square[:, 43:] == 100).all()
    assert 100 < int(square[17, 4, 0]) < 130


@pytest.mark.parametrize(("boxes", "copied"), [
    ([("red", 60, 60, 108, 108)], True),
    ([("red", 0, 60, 48, 108)], False),  # its copy would end in a hard edge
    ([("red", 60, 60, 108, 108), ("blue", 110, 60, 158, 108)], False),  # a piece of the other one would come along
    ([("red", 60, 60, 108, 108), ("blue", 150, 150, 198, 198)], True),
])  # fmt: skip
def test_what_cannot_be_copied_alone_is_not_copied(tmp_path, boxes, copied):
    project = write_project(tmp_path / "p")
    add_photo(project, "a", boxes, size=(SIDE, SIDE))
    add_photo(project, "b", boxes, size=(SIDE, SIDE), seed=1)
    add_photo(project, "c", [], size=(SIDE, SIDE), seed=2)
    store = load_frames(index_voc(project / "dataset", ("blue", "red")), project)
    assert any(row == 2 for seed in SEEDS for row, *_ in things(batch_of(store, seed))) == copied


def test_a_rare_label_is_copied_as_often_as_the_others(tmp_path):
    project = write_project(tmp_path / "p")
    for number in range(12):
        label = "red" if number == 0 else "blue"
        add_photo(project, f"{number:02}", [(label, 60, 60, 100, 100)], size=(SIDE, SIDE), seed=number)
    add_photo(project, "99", [], size=(SIDE, SIDE))
    store = load_frames(index_voc(project / "dataset", ("blue", "red")), project)
    labels = [label for seed in range(40) for row, label, *_ in things(batch_of(store, seed)) if row == 12]
    assert 0.3 < labels.count(1) / len(labels) < 0.7
