"""What a detector learns from: a thing and its box stay together, and every kind of change happens."""

import numpy as np
import pytest
import torch
from detection_project import add_photo, voc_xml, write_project
from mai.data.detection_augment import AugmentRange, random_affine, random_colour
from mai.data.detection_batch import augmented_batches
from mai.data.detection_store import load_frames
from mai.data.voc import index_voc
from mai.train.detection.recipe import AUGMENT
from PIL import Image

SIDE = 224
SEEDS = range(40)
STILL = AugmentRange(0, 0, 0, 0, 0, 0, 0)


@pytest.fixture(scope="module", params=[(3 * SIDE, SIDE), (SIDE, 3 * SIDE)], ids=["wide", "tall"])
def frames(request, tmp_path_factory):
    """One photo, three times as long as wide: a square in its middle, its left half bright red, its right half dark."""
    width, height = request.param
    project = write_project(tmp_path_factory.mktemp("square") / "p", labels=("red",))
    edges = width // 2 - 32, height // 2 - 32, width // 2 + 32, height // 2 + 32
    for name in "ab":
        add_photo(project, name, [], size=request.param, xml=voc_xml([("red", *edges)], width, height))
        pixels = np.full((height, width, 3), 110, np.uint8)
        pixels[edges[1] : edges[3], edges[0] : width // 2] = (240, 60, 60)
        pixels[edges[1] : edges[3], width // 2 : edges[2]] = (150, 0, 0)
        Image.fromarray(pixels).save(project / f"dataset/JPEGImages/{name}.jpg", quality=95)
    return load_frames(index_voc(project / "dataset", ("red",)), project)


def seen(frames, seed, ranges, may_mirror=None):
    """(box of the frame or None, box of what is red in the picture or None, whether its left half is the dark one)."""
    rng = torch.Generator().manual_seed(seed)
    rows = [torch.tensor([0])]
    (batch,) = augmented_batches(frames, rows, SIDE, ranges, torch.device("cpu"), rng, may_mirror)
    photo, box, valid = batch[0][0], batch[1][0, 0], batch[3][0, 0]
    red = (photo[0] - photo[1]) > 0.5
    labelled = box if valid else None
    if not red.any():
        return labelled, None, False
    rows, columns = torch.nonzero(red, as_tuple=True)
    edges = torch.tensor([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], dtype=torch.float32)
    left, _, right, _ = edges.long().tolist()
    halves = photo[0][:, left : (left + right) // 2], photo[0][:, (left + right) // 2 : right]
    masks = red[:, left : (left + right) // 2], red[:, (left + right) // 2 : right]
    means = [float(half[mask].mean()) if mask.any() else 0.0 for half, mask in zip(halves, masks, strict=True)]
    return labelled, edges, means[0] < means[1]


MOVED = AugmentRange(light=0, saturation=0, tint=0)


def test_the_box_is_where_the_thing_is_whatever_is_done_to_the_photo(frames):
    found = 0
    for seed in SEEDS:
        labelled, edges, _ = seen(frames, seed, MOVED)
        assert edges is not None or labelled is None
        if labelled is not None:
            assert torch.allclose(labelled, edges, atol=2.5), seed
            found += 1
    assert found >= 10


def test_the_square_that_is_cut_lies_anywhere_along_the_long_side_and_nowhere_else(frames):
    """Without further changes the thing keeps its size, and moves along the long side alone."""
    long_side = 0 if frames.sizes[0][0] > frames.sizes[0][1] else 1
    boxes = [labelled for labelled, _, _ in (seen(frames, seed, STILL) for seed in SEEDS) if labelled is not None]
    whole = torch.stack([box for box in boxes if (box[2:] - box[:2]).min() > 63])
    places = whole[:, long_side]
    assert places.max() - places.min() > 80 and places.unique().numel() > len(places) / 2
    assert torch.allclose(whole[:, 1 - long_side], torch.tensor(80.0), atol=1)


def test_things_are_mirrored_half_of_the_time_and_only_where_they_may_be(frames):
    never = torch.tensor([False, True])  # the other photo's mask is not this one's
    sides = [seen(frames, seed, MOVED) for seed in SEEDS]
    kept = [seen(frames, seed, MOVED, never) for seed in SEEDS]
    whole = [row for row in range(len(SEEDS)) if sides[row][0] is not None and kept[row][0] is not None]
    mirrored = sum(sides[row][2] for row in whole)
    assert len(whole) / 4 < mirrored < len(whole) * 3 / 4
    assert not any(kept[row][2] for row in whole)
    for row in whole:  # what was not mirrored is as it would be anyway
        if not sides[row][2]:
            assert torch.equal(sides[row][0], kept[row][0])


def test_who_may_be_mirrored_changes_no_other_draw():
    every, some = (random_affine(64, AUGMENT, torch.Generator().manual_seed(3), mask) for mask in (
        None, torch.arange(64) < 32,
    ))  # fmt: skip
    assert torch.equal(every.offset, some.offset) and torch.equal(every.scale.abs(), some.scale.abs())
    assert torch.equal(every.scale[:32], some.scale[:32]) and (some.scale[32:] > 0).all()
    assert (every.scale[32:, 0] < 0).any()


@pytest.mark.parametrize(("ranges", "least", "most"), [
    (AugmentRange(zoom=0.5, stretch=0, shift=0, flip=0), (1 / 1.5, 1 / 1.5), (1.5, 1.5)),
    (AugmentRange(zoom=0, stretch=0.15, shift=0, flip=0), (1 / 1.15, 1 / 1.15), (1.15, 1.15)),
])  # fmt: skip
def test_how_far_things_grow_shrink_and_stretch(ranges, least, most):
    scale = random_affine(2000, ranges, torch.Generator().manual_seed(0)).scale
    assert scale.amin(0).tolist() == pytest.approx(least, rel=0.01)
    assert scale.amax(0).tolist() == pytest.approx(most, rel=0.01)
    together = (scale[:, 0] * scale[:, 1]).log().abs().max()
    assert (together < 1e-5) == (ranges.zoom == 0)  # stretched, a thing keeps its area


def test_how_far_things_are_moved():
    offset = random_affine(2000, AugmentRange(shift=0.25), torch.Generator().manual_seed(0)).offset
    assert offset.amin(0).tolist() == pytest.approx([-0.5, -0.5], abs=0.01)
    assert offset.amax(0).tolist() == pytest.approx([0.5, 0.5], abs=0.01)


def coloured(**ranges):
    """Photos of two greys and one colour, (64, 3, 1, 3), with no change but these."""
    greys, colour = [-0.2, 0.2], [0.3, 0.0, -0.3]
    photo = torch.tensor([[*greys, colour[channel]] for channel in range(3)]).view(1, 3, 1, 3)
    only = AugmentRange(**{"light": 0, "saturation": 0, "tint": 0, **ranges})
    return random_colour(photo.repeat(64, 1, 1, 1), only, torch.Generator().manual_seed(0))


def spread(values):
    return float(values.max() - values.min())


def test_light_changes_brightness_and_contrast_and_leaves_grey_grey():
    photos = coloured(light=0.3)
    greys = photos[..., :2]
    assert torch.allclose(greys[:, 0], greys[:, 1], atol=1e-6)
    middle, distance = greys.mean((1, 2, 3)), greys[:, 0, 0, 1] - greys[:, 0, 0, 0]
    assert 0.5 < spread(middle) <= 0.6 and 0.2 < spread(distance) <= 0.24


def test_saturation_changes_colours_and_leaves_grey_as_it_is():
    photos = coloured(saturation=0.5)
    assert torch.allclose(photos[:, :, 0, :2], torch.tensor([-0.2, 0.2]), atol=1e-6)
    assert 0.5 < spread(photos[:, 0, 0, 2] - photos[:, 2, 0, 2]) <= 0.6


def test_tint_gives_grey_a_colour():
    photos = coloured(tint=0.1)
    for channel in range(3):
        assert 0.03 < spread(photos[:, channel, 0, 1]) <= 0.04
    assert spread(photos[:, 0, 0, 1] - photos[:, 2, 0, 1]) > 0.03


def test_the_recipe_uses_every_kind_of_change():
    assert all(value > 0 for value in vars(AUGMENT).values())
