"""Find photos that show the same scene, by 16 × 16 spots of brightness and colour and then by their details.

The spots alone confuse different leaves on white paper. The details of two photos, shifted over each other, do not.
"""

from __future__ import annotations

import hashlib
from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mai.data.alike import Rows, signatures

SPOTS = 16
GREY = np.array([0.299, 0.587, 0.114])
# The least cosines of the spots and of the details of one scene. Frames of a burst have 0.65 to 1 and 0.6 to 1;
# different cats and dogs up to 0.75 and 0.15; leaves on paper up to 0.93 and 0.41.
NEAR, SAME_DETAILS = 0.65, 0.6
DETAILS = 56
MOVED = DETAILS // 8  # by so much the camera may have moved, in each direction
AROUND = 2  # details are what differs from the mean of 5 × 5
AT_ONCE = 64


def photo_signatures(pixels: Tensor) -> NDArray[np.float32]:
    """uint8 [N, S, S, 3], S a multiple of 16 → float32 [N, 768]; read in parts, the pixels may lie on disk."""
    parts = [signatures(_spots(some.numpy())) for some in pixels.split(AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros((0, 3 * SPOTS**2), np.float32)


def photo_contents(pixels: Tensor) -> list[str]:
    """A digest of the decoded pixels: the same for a photo saved again without loss, under whatever name."""
    return [hashlib.blake2b(photo.numpy().tobytes(), digest_size=16).hexdigest() for photo in pixels]


class SameDetails:
    """The detailed check: whether the details of two photos fit when one is shifted over the other."""

    def __init__(self, pixels: Tensor) -> None:
        """`pixels` as for `photo_signatures`, S a multiple of 56 too; 6 KB a photo are kept."""
        parts = [_details(some.numpy()) for some in pixels.split(AT_ONCE)]
        self._details = np.concatenate(parts) if parts else np.zeros((0, DETAILS, DETAILS), np.float16)

    def __call__(self, rows: Rows, others: Rows) -> NDArray[np.bool_]:
        parts = range(0, len(rows), AT_ONCE)
        return np.concatenate([self._fit(rows[at : at + AT_ONCE], others[at : at + AT_ONCE]) for at in parts])

    def _fit(self, rows: Rows, others: Rows) -> NDArray[np.bool_]:
        """By the theorem of convolution: the products for all movements at once."""
        first, second = (torch.fft.rfft2(torch.from_numpy(self._details[some]).double()) for some in (rows, others))
        products = torch.fft.irfft2(first * second.conj(), s=(DETAILS, DETAILS)).numpy()
        moved = np.arange(-MOVED, MOVED + 1)
        return products[:, moved[:, None], moved].max((1, 2)) >= SAME_DETAILS


def _spots(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Each of the three planes (grey, red − grey, blue − grey) around its own mean, [N, 768]."""
    colours = _means(pixels, SPOTS).reshape(len(pixels), -1, 3)
    grey = colours @ GREY
    planes = np.stack([grey, colours[..., 0] - grey, colours[..., 2] - grey], axis=1)
    return (planes - planes.mean(axis=2, keepdims=True)).reshape(len(pixels), -1)


def _details(pixels: NDArray[np.uint8]) -> NDArray[np.float16]:
    """Grey [N, 56, 56] without what is soft, each of length 1."""
    grey = _means(pixels, DETAILS) @ GREY
    wide = np.pad(grey, ((0, 0), (AROUND, AROUND), (AROUND, AROUND)), "edge")
    across = reduce(np.add, (wide[:, at : at + DETAILS] for at in range(2 * AROUND + 1)))
    soft = reduce(np.add, (across[:, :, at : at + DETAILS] for at in range(2 * AROUND + 1))) / (2 * AROUND + 1) ** 2
    sharp = grey - soft
    sharp -= sharp.mean((1, 2), keepdims=True)
    length = np.sqrt((sharp**2).sum((1, 2), keepdims=True))
    return (sharp / np.maximum(length, 1e-6)).astype(np.float16)


def _means(pixels: NDArray[np.uint8], spots: int) -> NDArray[np.float64]:
    """[N, S, S, 3] → the means of spots × spots squares, [N, spots, spots, 3]."""
    count, side = len(pixels), pixels.shape[1] // spots
    rows = np.add.reduce(pixels.reshape(count, spots, side, -1, 3), axis=2, dtype=np.uint16)  # first: ten times faster
    return np.add.reduce(rows.reshape(count, spots, spots, side, 3), axis=3, dtype=np.uint32) / side**2
