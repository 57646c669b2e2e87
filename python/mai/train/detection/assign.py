"""Which cells answer for a drawn box: task-aligned assignment (TOOD, arXiv 2108.07755, section 3.2).

A cell is judged by what it answers now: t = score^ALPHA · IoU^BETA of its own box with the drawn one. Of the cells
whose centre lies in a drawn box, the CELLS with the largest t answer for it. What they learn as their score is t,
scaled so that the best cell of the box learns the best IoU: so where a box is found well, it also scores high.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

ALPHA, BETA = 1.0, 6.0
CELLS = 13


@dataclass(frozen=True)
class Assignment:
    """One entry for each cell that answers: `photo`, `cell` and `drawn` int64 (m,), `goal` float (m,) its score."""

    photo: Tensor
    cell: Tensor
    drawn: Tensor
    goal: Tensor


@torch.no_grad()
def assign(scores: Tensor, boxes: Tensor, centres: Tensor, drawn: Tensor, classes: Tensor, valid: Tensor) -> Assignment:
    """`scores` (n, A, N) 0..1 and `boxes` (n, A, 4) as the network answers, `centres` (A, 2) of its cells; `drawn`
    (n, K, 4), `classes` and `valid` (n, K). All in pixels of the picture."""
    most = classes.shape[1]
    overlap = iou(drawn, boxes)  # (n, K, A)
    of_class = scores.transpose(1, 2).gather(1, classes[..., None].expand(-1, -1, scores.shape[1]))
    aligned = of_class.clamp(min=1e-9) ** ALPHA * overlap**BETA
    may = _inside(drawn, centres) & valid[..., None]
    # Where no box touches the drawn one yet, any of its cells is better than none.
    rank = torch.where(may, aligned + 1e-12, torch.zeros_like(aligned))
    best, which = rank.topk(min(CELLS, rank.shape[-1]), dim=-1)
    answers = torch.zeros_like(may).scatter_(2, which, best > 0)
    # A cell that several boxes want answers for the one it overlaps most, of equals for the one drawn first.
    owner = torch.where(answers, overlap + 1e-6, torch.zeros_like(overlap)).argmax(1)  # (n, A)
    answers &= torch.arange(most, device=owner.device)[None, :, None] == owner[:, None]
    aligned, overlap = aligned * answers, overlap * answers
    goal = aligned / aligned.amax(-1, keepdim=True).clamp(min=1e-12) * overlap.amax(-1, keepdim=True)
    photo, which_drawn, cell = answers.nonzero(as_tuple=True)
    return Assignment(photo, cell, which_drawn, goal[photo, which_drawn, cell])


def iou(first: Tensor, second: Tensor) -> Tensor:
    """Corners (n, K, 4), (n, A, 4) → (n, K, A)."""
    low = torch.maximum(first[:, :, None, :2], second[:, None, :, :2])
    high = torch.minimum(first[:, :, None, 2:], second[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area_1, area_2 = ((each[..., 2:] - each[..., :2]).clamp(min=0).prod(-1) for each in (first, second))
    return shared / (area_1[:, :, None] + area_2[:, None] - shared).clamp(min=1e-9)


def _inside(drawn: Tensor, centres: Tensor) -> Tensor:
    """(n, K, A) whether a cell's centre lies in a drawn box; of a box smaller than the cells, the nearest one."""
    x, y = centres[:, 0], centres[:, 1]
    left, top, right, bottom = (edge[..., None] for edge in drawn.unbind(-1))
    within = (x > left) & (x < right) & (y > top) & (y < bottom)
    away = (x - (left + right) / 2).square() + (y - (top + bottom) / 2).square()
    nearest = torch.zeros_like(within).scatter_(2, away.argmin(-1, keepdim=True), True)
    return within | nearest
