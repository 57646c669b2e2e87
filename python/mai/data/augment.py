"""Vary a batch of photos at random, on the device that trains.

The changes keep the label true: a little larger, smaller, turned, shifted, brighter or paler. Mirroring
would change the meaning of arrows and letters, so mai.train.features.mirror decides which photos may be mirrored.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

REGION = (0.7, 1.1)  # side of the region looked at, as a share of the photo's
TURN = math.radians(12)
SHIFT = 0.1  # of half the photo's side
BRIGHTNESS = 0.2  # of the range −1..1
CONTRAST = 0.25  # natural logarithm of the factor
SATURATION = 0.3  # likewise


def augment(images: Tensor, rng: torch.Generator, may_mirror: Tensor) -> Tensor:
    """float32 [N, 3, H, W] in −1..1 → the same shape. `rng` is a CPU generator, `may_mirror` bool [N] on the CPU.

    All random numbers are drawn on the CPU, a few per photo: the same on every device.
    """
    count = len(images)
    draws = torch.rand(count, 8, generator=rng)
    theta = _affine(draws, may_mirror).to(images.device, non_blocking=True)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    light = (draws[:, 5:8] * 2 - 1) * torch.tensor([BRIGHTNESS, CONTRAST, SATURATION])
    light = light.to(images.device, non_blocking=True)
    brightness, contrast, saturation = light.view(count, 3, 1, 1, 1).unbind(1)
    # grey + (moved − grey)·saturation, times contrast, plus brightness, in as few passes over memory as it takes
    colour = contrast.exp() * saturation.exp()
    shade = moved.mean(dim=1, keepdim=True).mul_(contrast.exp() - colour).add_(brightness)
    return moved.mul_(colour).add_(shade).clamp_(-1, 1)


def _affine(draws: Tensor, may_mirror: Tensor) -> Tensor:
    """Matrices [N, 2, 3] from places in the result to places in the photo (both −1..1)."""
    low, high = REGION
    size = low + (high - low) * draws[:, 0]
    angle = (draws[:, 1] * 2 - 1) * TURN
    # A smaller region may lie anywhere inside the photo; a larger one only moves a little.
    reach = (1 - size).clamp_min(0) + SHIFT
    x, y = (draws[:, 2] * 2 - 1) * reach, (draws[:, 3] * 2 - 1) * reach
    side = torch.where((draws[:, 4] < 0.5) & may_mirror, -1.0, 1.0)
    cos, sin = size * angle.cos(), size * angle.sin()
    return torch.stack([torch.stack([side * cos, -sin, x], 1), torch.stack([side * sin, cos, y], 1)], 1)
