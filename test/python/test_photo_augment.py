"""How far photos are changed for practice: every kind of change, within its bounds."""

import math

import pytest
import torch
from mai.data import augment as module
from mai.data.augment import augment

COUNT = 400
NEVER = torch.zeros(COUNT, dtype=torch.bool)


def matrices(may_mirror=NEVER):
    return module._affine(torch.rand(COUNT, 8, generator=torch.Generator().manual_seed(0)), may_mirror)


def varied(photo):
    """COUNT variations of a photo given as channels of columns, 32 pixels high."""
    images = torch.tensor(photo, dtype=torch.float32)[None, :, None, :].repeat(COUNT, 1, 32, 1)
    return augment(images, torch.Generator().manual_seed(0), NEVER)


def test_the_region_looked_at_is_smaller_or_a_little_larger():
    sizes = torch.hypot(matrices()[:, 0, 0], matrices()[:, 1, 0])
    assert (float(sizes.min()), float(sizes.max())) == pytest.approx((0.7, 1.1), abs=0.01)


def test_photos_are_turned_to_both_sides():
    turned = torch.atan2(matrices()[:, 1, 0], matrices()[:, 0, 0])
    assert float(turned.max()) == pytest.approx(math.radians(12), abs=0.005)
    assert float(turned.min()) == pytest.approx(-math.radians(12), abs=0.005)


def test_a_small_region_lies_anywhere_in_the_photo_and_a_large_one_moves_a_little():
    found = matrices()
    sizes, moves = torch.hypot(found[:, 0, 0], found[:, 1, 0]), found[:, :, 2].abs()
    large, small = moves[sizes > 1], moves[sizes < 0.75]
    assert 0.08 < float(large.max()) <= 0.1 and 0.3 < float(small.max()) <= 0.4


def test_half_of_the_photos_that_may_be_are_mirrored():
    may = torch.arange(COUNT) < COUNT // 2
    mirrored = torch.linalg.det(matrices(may)[:, :, :2]) < 0
    assert not mirrored[~may].any() and 0.4 < mirrored[may].float().mean() < 0.6
    plain = matrices()
    assert torch.equal(matrices(may)[~may], plain[~may])
    assert torch.equal(matrices(may)[:, :, 2], plain[:, :, 2])


def test_brightness_and_contrast():
    grey = [-0.25] * 16 + [0.25] * 16
    photos = varied([grey, grey, grey]).flatten(1)
    low, high = photos.amin(1), photos.amax(1)
    brightness, contrast = (low + high) / 2, ((high - low) / 0.5).log()
    assert 0.18 < float(brightness.abs().max()) <= 0.201
    assert 0.23 < float(contrast.abs().max()) <= 0.251 and float(contrast.min()) < -0.2 < 0.2 < float(contrast.max())


def test_saturation_beside_contrast():
    photos = varied([[0.3] * 32, [0.0] * 32, [-0.3] * 32])
    colour = ((photos[:, 0] - photos[:, 2]).mean((1, 2)) / 0.6).log()
    assert 0.45 < float(colour.abs().max()) <= 0.551
