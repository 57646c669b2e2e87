"""Make training batches for detection: random squares of the frames, augmented on the device, with their boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from mai.data.detection_augment import (
    Affine,
    AugmentRange,
    Size,
    move_boxes,
    random_affine,
    random_colour,
    sides,
    warp,
)
from mai.data.detection_paste import Squares, paste_copies
from mai.data.detection_store import FrameStore
from mai.data.preprocess import PREPROCESS

DetectionBatch = tuple[Tensor, ...]


def augmented_batches(
    store: FrameStore,
    order: Sequence[Tensor],
    size: Size,
    ranges: AugmentRange,
    device: torch.device,
    rng: torch.Generator,
    may_mirror: Tensor | None = None,
    copies: int = 0,
    layout: torch.memory_format = torch.channels_last,
) -> Iterator[DetectionBatch]:
    """For each index vector of `order`: photos float32 [n, 3, height, width] normalised, in `layout`,
    boxes [n, K, 4] in their pixels, classes [n, K], valid [n, K] (to be found), ignored [n, K] (there, but too
    little of it can be seen), all on `device`. `may_mirror` bool [photos of the store]; without it all may be.
    `copies`: up to so many things of other photos are pasted into each (mai.data.detection_paste)."""
    mirrors = torch.ones(len(store), dtype=torch.bool) if may_mirror is None else may_mirror
    for rows in order:
        pixels, boxes = random_squares(store, rows, rng)
        squares = Squares(pixels, boxes, store.classes[rows], store.valid[rows], store.ignored[rows], mirrors[rows])
        if copies:
            squares = paste_copies(store, squares, mirrors, copies, rng)
        affine = seen_by_board(store, rows, random_affine(len(rows), ranges, rng, squares.may_mirror), size)
        boxes, valid = move_boxes(squares.boxes, squares.valid, affine, size)
        is_seen = (boxes[..., 2:] > boxes[..., :2]).all(-1)
        ignored = (squares.valid | squares.ignored) & is_seen & ~valid
        # non_blocking: else every move waits until the device has done all it was given before
        photos = PREPROCESS.normalise(squares.pixels.to(device, non_blocking=True).permute(0, 3, 1, 2))
        photos = random_colour(warp(photos, affine, size), ranges, rng)
        yield (
            photos.contiguous(memory_format=layout),
            *(drawn.to(device, non_blocking=True) for drawn in (boxes, squares.classes, valid, ignored)),
        )


def seen_by_board(store: FrameStore, rows: Tensor, affine: Affine, size: Size) -> Affine:
    """`affine` of the picture in which the board sees the whole photo, where frames are squares with bars."""
    if store.contents is None:
        return affine
    height, width = sides(size)
    shares = []
    for row in rows.tolist():
        wide, high = store.contents[row]
        fit = min(width / wide, height / high)
        shares.append((width / (fit * store.side), height / (fit * store.side)))
    share = torch.tensor(shares)
    return Affine(affine.scale * share, affine.offset * share)


def random_squares(store: FrameStore, rows: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """A square of each frame, anywhere along its long side: uint8 [n, S, S, 3], and all of the frame's
    boxes in coordinates −1..1 of that square (beyond it they are larger than 1)."""
    side = store.side
    corners = []
    squares = []
    for row, share in zip(rows.tolist(), torch.rand(len(rows), generator=rng).tolist(), strict=True):
        width, height = store.sizes[row]
        left, top = int(share * (width - side + 1)), int(share * (height - side + 1))
        squares.append(store.frame(row)[top : top + side, left : left + side])
        corners.append((left, top, left, top))
    offset = torch.tensor(corners, dtype=torch.float32)[:, None]
    return torch.stack(squares), (store.boxes[rows] - offset) * (2 / side) - 1
