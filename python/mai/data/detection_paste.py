"""Copies of what is in the drawn boxes, pasted into other photos to learn from: more things in a photo, and each of
them on other backgrounds (arXiv 2012.07177; the soft edge: arXiv 1708.01642).

A copy brings some of what is around it, which fades out towards its edge: a hard edge would be learnt as a sign of a
thing. Copies are put where neither a drawn box nor another copy is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mai.data.detection_store import FrameStore

ZOOM = 0.5  # a copy gets up to 1 + ZOOM times larger or smaller
STRETCH = 0.15  # and up to this share wider than high, or the reverse
AROUND = 0.15  # of the longer side of the box: what is taken with it
SMALLEST = 8  # pixels of the shorter side of a box that is copied
SOFTEST = 2  # pixels around the box, on each side, that a copy needs to fade out
TRIES = 8  # to find a free place


@dataclass(frozen=True)
class Squares:
    """`pixels` uint8 [n, S, S, 3]; `boxes` float32 [n, K, 4] in coordinates −1..1 of the square; `classes` int64
    [n, K]; `valid`, `ignored` bool [n, K] (mai.data.detection_store); `may_mirror` bool [n]."""

    pixels: Tensor
    boxes: Tensor
    classes: Tensor
    valid: Tensor
    ignored: Tensor
    may_mirror: Tensor


@dataclass(frozen=True)
class Copy:
    """`pixels` float32 [height, width, 3] and the `box` in them: left, top, right, bottom."""

    pixels: Tensor
    box: tuple[float, float, float, float]

    def opacity(self) -> Tensor:
        """float32 [height, width, 1]: 1 in the box, less and less towards the edge."""
        height, width = self.pixels.shape[:2]
        left, top, right, bottom = self.box
        return _ramp(height, top, height - bottom)[:, None, None] * _ramp(width, left, width - right)[None, :, None]

    def blend_into(self, square: Tensor, left: int, top: int) -> None:
        """`square` uint8 [S, S, 3], on any device; the copy's corner comes to `left` and `top`."""
        height, width = self.pixels.shape[:2]
        under = square[top : top + height, left : left + width]
        opacity = self.opacity()
        mixed = under.cpu().float() * (1 - opacity) + self.pixels * opacity
        under.copy_(mixed.round().clamp(0, 255).to(torch.uint8))


def paste_copies(store: FrameStore, squares: Squares, may_mirror: Tensor, most: int, rng: torch.Generator) -> Squares:
    """Paste 0 to `most` copies into each square, whose pixels are written over.

    `may_mirror` bool [photos of the store]: a square may be mirrored where all that is in it may.
    """
    photo_of, box_of = store.valid.nonzero(as_tuple=True)
    labels = store.classes[photo_of, box_of]
    by_label = [(labels == label).nonzero().flatten() for label in labels.unique()]
    count, side = len(squares.pixels), squares.pixels.shape[1]
    pixels, mirrors = squares.pixels, squares.may_mirror.clone()
    boxes = torch.zeros(count, most, 4)
    classes = torch.zeros(count, most, dtype=torch.int64)
    valid = torch.zeros(count, most, dtype=torch.bool)
    drawn = (squares.boxes + 1) * (side / 2)
    for row in range(count):
        taken = drawn[row][squares.valid[row] | squares.ignored[row]].tolist()
        for number in range(_below(most + 1, rng)):
            of_label = by_label[_below(len(by_label), rng)]  # a rare label is copied as often as the others
            which = of_label[_below(len(of_label), rng)]
            photo, box = int(photo_of[which]), int(box_of[which])
            copy = _copy(store, photo, box, side, rng)
            corner = None if copy is None else _free_corner(copy, side, taken, rng)
            if copy is None or corner is None:
                continue
            left, top = corner
            copy.blend_into(pixels[row], left, top)
            height, width = copy.pixels.shape[:2]
            taken.append([left, top, left + width, top + height])
            boxes[row, number] = torch.tensor(copy.box) + torch.tensor([left, top, left, top])
            classes[row, number] = store.classes[photo, box]
            valid[row, number] = True
            mirrors[row] &= may_mirror[photo]
    return Squares(
        pixels,
        torch.cat([squares.boxes, boxes * (2 / side) - 1], 1),
        torch.cat([squares.classes, classes], 1),
        torch.cat([squares.valid, valid], 1),
        torch.cat([squares.ignored, torch.zeros_like(valid)], 1),
        mirrors,
    )


def _copy(store: FrameStore, photo: int, box: int, side: int, rng: torch.Generator) -> Copy | None:
    """A drawn box with what is around it, scaled at random.

    None where it is too small, too large for the square, at the edge of its photo, or beside another thing, of which a
    piece would come along without a box.
    """
    frame = store.frame(photo)
    left, top, right, bottom = store.boxes[photo, box].tolist()
    zoom, stretch = (1 + ZOOM) ** _evenly(rng), (1 + STRETCH) ** _evenly(rng)
    if min(right - left, bottom - top) < SMALLEST:
        return None
    around = AROUND * max(right - left, bottom - top)
    first_x, first_y = max(0, int(left - around)), max(0, int(top - around))
    last_x, last_y = (
        min(size, int(end + around) + 1) for size, end in ((frame.shape[1], right), (frame.shape[0], bottom))
    )
    edges = (left - first_x, top - first_y, last_x - right, last_y - bottom)
    if min(edges) < SOFTEST or _holds_another(store, photo, box, (first_x, first_y, last_x, last_y)):
        return None
    cut = frame[first_y:last_y, first_x:last_x].cpu()
    height, width = int(cut.shape[0] * zoom / stretch), int(cut.shape[1] * zoom * stretch)
    if not 0 < max(height, width) < side or min(height, width) < 1:
        return None
    scaled = F.interpolate(cut.permute(2, 0, 1)[None].float(), (height, width), mode="bilinear", antialias=True)
    across, down = width / cut.shape[1], height / cut.shape[0]
    within = ((left - first_x) * across, (top - first_y) * down, (right - first_x) * across, (bottom - first_y) * down)
    return Copy(scaled[0].permute(1, 2, 0), within)


def _holds_another(store: FrameStore, photo: int, box: int, cut: tuple[int, int, int, int]) -> bool:
    """Whether a drawn box other than `box` reaches into the `cut` (left, top, right, bottom) of its photo."""
    others = store.valid[photo] | store.ignored[photo]
    others[box] = False
    left, top, right, bottom = store.boxes[photo][others].unbind(-1)
    return bool(((left < cut[2]) & (right > cut[0]) & (top < cut[3]) & (bottom > cut[1])).any())


def _free_corner(copy: Copy, side: int, taken: list[list[float]], rng: torch.Generator) -> tuple[int, int] | None:
    """Left and top of a place where the copy covers nothing of `taken` (left, top, right, bottom in pixels)."""
    height, width = copy.pixels.shape[:2]
    for _ in range(TRIES):
        left, top = _below(side - width + 1, rng), _below(side - height + 1, rng)
        if all(
            left + width <= other[0] or left >= other[2] or top + height <= other[1] or top >= other[3]
            for other in taken
        ):
            return left, top
    return None


def _ramp(length: int, before: float, after: float) -> Tensor:
    """float32 [length]: up to 1 over the first `before` pixels, down over the last `after`."""
    at = torch.arange(length, dtype=torch.float32)
    return torch.minimum((at + 1) / max(1.0, before), (length - at) / max(1.0, after)).clamp(0, 1)


def _below(limit: int, rng: torch.Generator) -> int:
    return int(torch.randint(limit, (1,), generator=rng))


def _evenly(rng: torch.Generator) -> float:
    """Evenly from −1 to 1."""
    return float(torch.rand(1, generator=rng)) * 2 - 1
