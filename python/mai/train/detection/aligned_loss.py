"""The loss of a detector without anchors: scores and boxes learn together (TOOD, arXiv 2108.07755, section 3.3).

- scores: binary cross-entropy towards the goal of mai.train.detection.assign, 0 elsewhere, weighted by how far they
  are from it (quality focal loss, arXiv 2006.04388), so that the many empty cells do not drown the few full ones. A
  cell in an ignored box learns nothing of it.
- box: 1 − CIoU, weighted by the goal.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from mai.detect.distances import FIRST_SCORE, cells
from mai.train.detection.assign import assign
from mai.train.detection.loss import Targets, ciou

BOX_WEIGHT = 2.0
FOCUS = 2.0  # exponent of the distance from the goal


def aligned_loss(output: Tensor, targets: Targets, size: tuple[int, int]) -> dict[str, Tensor]:
    """`output` (n, 4 + N, A), scores as logits, for pictures of `size` (height, width). `train_loss` carries the
    gradient."""
    centres, strides = _cells_on(output.device, size)
    raw = output.float().transpose(1, 2)  # (n, A, 4 + N)
    reach, logits = raw[..., :FIRST_SCORE] * strides[:, None], raw[..., FIRST_SCORE:]
    boxes = torch.cat([centres - reach[..., :2], centres + reach[..., 2:]], -1)
    scores = logits.sigmoid()
    one = assign(scores.detach(), boxes.detach(), centres, targets.boxes, targets.classes, targets.valid)

    goal = torch.zeros_like(scores)
    goal[one.photo, one.cell, targets.classes[one.photo, one.drawn]] = one.goal
    count = one.goal.sum().clamp(min=float(len(output)))  # photos without boxes must not be loud
    far = (goal - scores.detach()).abs() ** FOCUS
    if targets.ignored is not None:
        far = far * _asked(centres, targets, one.photo, one.cell)[..., None]
    score = F.binary_cross_entropy_with_logits(logits, goal, far, reduction="sum") / count

    closeness, _ = ciou(boxes[one.photo, one.cell], targets.boxes[one.photo, one.drawn])
    box = ((1 - closeness) * one.goal).sum() / count
    total = score + BOX_WEIGHT * box
    return {"train_loss": total, "loss_box": box.detach(), "loss_class": score.detach()}


@cache
def _cells_on(device: torch.device, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Centres and strides."""
    centres, strides = cells(*size)
    with torch.inference_mode(False):  # the first to ask may be a validation, and the second a training
        return torch.from_numpy(centres).to(device), torch.from_numpy(strides).to(device)


def _asked(centres: Tensor, targets: Targets, photo: Tensor, cell: Tensor) -> Tensor:
    """float (n, A): 0 for a cell in an ignored box, unless it answers for a drawn one."""
    assert targets.ignored is not None
    x, y = centres[:, 0], centres[:, 1]
    left, top, right, bottom = (edge[..., None] for edge in targets.boxes.unbind(-1))
    within = (x > left) & (x < right) & (y > top) & (y < bottom) & targets.ignored[..., None]
    asked = (~within.any(1)).float()
    asked[photo, cell] = 1
    return asked
