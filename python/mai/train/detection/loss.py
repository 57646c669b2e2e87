"""The YOLOv2 loss (arXiv 1612.08242), with today's parts.

Who answers for a drawn box: in the cell its centre lies in, the anchor whose shape is closest,
and any other whose shape overlaps it well. What they learn:
- box: 1 − CIoU of the decoded box (arXiv 1911.08287), so that scale needs no weights by hand;
- objectness: binary cross-entropy towards the IoU the box reaches at that moment, 0 elsewhere, so a
  good box scores high (a mean-square loss leaves scores near 0.05). A box that overlaps a drawn one
  without having to answer for it is neither praised nor blamed, nor is a cell that an ignored box touches;
- class: cross-entropy over the softmax, where there is a drawn box.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from mai.detect.anchors import FIRST_CLASS, OBJECTNESS, STRIDE
from mai.detect.decode import MAX_LOG_SIZE

SHAPE_IOU = 0.6  # an anchor this close in shape answers for the box too
IGNORE_IOU = 0.5  # an unasked box this close to a drawn one is left alone
BOX_WEIGHT = 3.0
OBJECTNESS_WEIGHT = 1.0
CLASS_WEIGHT = 1.0


@dataclass(frozen=True)
class LossParts:
    """Scalars; `total` is the weighted sum and carries the gradient, the parts are unweighted and detached."""

    total: torch.Tensor
    box: torch.Tensor
    obj: torch.Tensor
    cls: torch.Tensor


@dataclass(frozen=True)
class Targets:
    """Drawn boxes of n photos, padded to the same number K: `boxes` (n, K, 4) float in pixels of the
    network's input, `classes` (n, K) int64, `valid` (n, K) bool: to be found.

    `ignored` (n, K) bool: there, but not to be found (half outside, too small, marked as difficult)."""

    boxes: torch.Tensor
    classes: torch.Tensor
    valid: torch.Tensor
    ignored: torch.Tensor | None = None


def detection_loss(output: torch.Tensor, targets: Targets, anchors: torch.Tensor) -> LossParts:
    """Mean loss per drawn box. `output` (n, A·(5+N), rows, cols); `anchors` (A, 2) in cells, same device."""
    n, _, rows, cols = output.shape
    raw = output.float().view(n, len(anchors), -1, rows, cols).permute(0, 1, 3, 4, 2)  # (n, A, rows, cols, 5+N)
    boxes = _decode(raw, anchors)
    drawn = targets.boxes.float() / STRIDE

    photo, anchor, row, col, which = _assign(drawn, targets.valid, anchors, rows, cols)
    count = max(len(photo), n)  # photos without boxes must not make those beside them loud
    mine, goal = boxes[photo, anchor, row, col], drawn[photo, which]
    closeness, reached = ciou(mine, goal)
    box = (1 - closeness).sum() / count

    wanted = torch.zeros(n, len(anchors), rows, cols, device=output.device)
    wanted[photo, anchor, row, col] = reached.detach().clamp(0, 1)
    weight = (_best_iou(boxes.detach(), drawn, targets.valid) < IGNORE_IOU).float()
    if targets.ignored is not None:
        weight *= ~_touched(drawn, targets.ignored, rows, cols)[:, None]
    weight[photo, anchor, row, col] = 1
    obj = F.binary_cross_entropy_with_logits(raw[..., OBJECTNESS], wanted, weight, reduction="sum") / count

    logits = raw[photo, anchor, row, col][:, FIRST_CLASS:]
    cls = F.cross_entropy(logits, targets.classes[photo, which], reduction="sum") / count
    total = BOX_WEIGHT * box + OBJECTNESS_WEIGHT * obj + CLASS_WEIGHT * cls
    return LossParts(total, box.detach(), obj.detach(), cls.detach())


def _decode(raw: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """(n, A, rows, cols, 5+N) → corners (n, A, rows, cols, 4) in cells."""
    rows, cols = raw.shape[2:4]
    row, col = torch.meshgrid(
        torch.arange(rows, device=raw.device), torch.arange(cols, device=raw.device), indexing="ij"
    )
    centre = raw[..., 0:2].sigmoid() + torch.stack([col, row], dim=-1)
    half = raw[..., 2:4].clamp(max=MAX_LOG_SIZE).exp() * anchors[:, None, None, :] / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def _assign(
    drawn: torch.Tensor, valid: torch.Tensor, anchors: torch.Tensor, rows: int, cols: int
) -> tuple[torch.Tensor, ...]:
    """Index vectors (photo, anchor, row, col, drawn box), one entry per place that has to answer."""
    size = drawn[..., 2:] - drawn[..., :2]  # (n, K, 2)
    shared = torch.minimum(size[:, :, None], anchors).prod(-1)
    shape_iou = shared / (size.prod(-1)[:, :, None] + anchors.prod(-1) - shared).clamp(min=1e-9)  # (n, K, A)
    best = F.one_hot(shape_iou.argmax(-1), len(anchors)).bool()
    photo, which, anchor = torch.nonzero((best | (shape_iou > SHAPE_IOU)) & valid[..., None], as_tuple=True)
    centre = (drawn[photo, which, :2] + drawn[photo, which, 2:]) / 2
    col = centre[:, 0].long().clamp(0, cols - 1)
    row = centre[:, 1].long().clamp(0, rows - 1)
    cell = ((photo * len(anchors) + anchor) * rows + row) * cols + col
    only = _first_of_each(cell, shape_iou[photo, which, anchor])
    return photo[only], anchor[only], row[only], col[only], which[only]


def _first_of_each(cell: torch.Tensor, shape_iou: torch.Tensor) -> torch.Tensor:
    """Which entries (m,) answer where several boxes want one cell and anchor: the one whose shape is closest to the
    anchor, of equals the one drawn first. An assignment with repeated places would take any of them."""
    by_shape = torch.sort(shape_iou, descending=True, stable=True).indices
    order = by_shape[torch.sort(cell[by_shape], stable=True).indices]
    ordered = cell[order]
    is_first = torch.ones_like(ordered, dtype=torch.bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return order[is_first].sort().values


def _touched(drawn: torch.Tensor, ignored: torch.Tensor, rows: int, cols: int) -> torch.Tensor:
    """(n, rows, cols) whether an ignored box, in cells, reaches into the cell."""
    left, top, right, bottom = drawn.unbind(-1)  # (n, K)
    col, row = torch.arange(cols, device=drawn.device), torch.arange(rows, device=drawn.device)
    across = (left[..., None] < col + 1) & (right[..., None] > col)  # (n, K, cols)
    down = (top[..., None] < row + 1) & (bottom[..., None] > row)
    return (down[..., :, None] & across[..., None, :] & ignored[..., None, None]).any(1)


def ciou(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Complete IoU and plain IoU of pairs of corners, (m, 4) each → (m,), (m,)."""
    size_1, size_2 = first[:, 2:] - first[:, :2], second[:, 2:] - second[:, :2]
    overlap = (torch.minimum(first[:, 2:], second[:, 2:]) - torch.maximum(first[:, :2], second[:, :2])).clamp(min=0)
    shared = overlap.prod(-1)
    iou = shared / (size_1.prod(-1) + size_2.prod(-1) - shared).clamp(min=1e-9)
    around = torch.maximum(first[:, 2:], second[:, 2:]) - torch.minimum(first[:, :2], second[:, :2])
    apart = (first[:, :2] + first[:, 2:] - second[:, :2] - second[:, 2:]) / 2
    distance = apart.square().sum(-1) / around.square().sum(-1).clamp(min=1e-9)
    angle = torch.atan2(size_2[:, 0], size_2[:, 1]) - torch.atan2(size_1[:, 0], size_1[:, 1])
    shape = 4 / math.pi**2 * angle.square()
    with torch.no_grad():
        share = shape / (1 - iou + shape).clamp(min=1e-9)
    return iou - distance - share * shape, iou


def _best_iou(boxes: torch.Tensor, drawn: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """(n, A, rows, cols, 4), (n, K, 4) → IoU with the closest drawn box (n, A, rows, cols)."""
    flat = boxes.flatten(1, 3)  # (n, cells, 4)
    low = torch.maximum(flat[:, :, None, :2], drawn[:, None, :, :2])
    high = torch.minimum(flat[:, :, None, 2:], drawn[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)  # (n, cells, K)
    area = (flat[..., 2:] - flat[..., :2]).prod(-1)[:, :, None] + (drawn[..., 2:] - drawn[..., :2]).prod(-1)[:, None]
    iou = (shared / (area - shared).clamp(min=1e-9)).masked_fill(~valid[:, None, :], 0)
    best = iou.amax(-1) if iou.shape[-1] else flat.new_zeros(flat.shape[:2])
    return best.view(boxes.shape[:-1])
