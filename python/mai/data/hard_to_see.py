"""Find photos that are very dark, or much less sharp than the others of the project."""

from __future__ import annotations

import torch
from torch import Tensor

AT_ONCE = 64
DARK = 48.0  # of 255: the brightest twentieth of the pixels is darker than this
BRIGHTEST = 0.95
LESS_SHARP = 1 / 16  # of the median; a photo of smooth things has a fifth of it, one out of focus a fiftieth
ENOUGH = 8  # photos, for a median that says something
GREY = (0.299, 0.587, 0.114)


def hard_to_see(pixels: Tensor) -> tuple[list[int], list[int]]:
    """uint8 [N, S, S, 3] → rows of dark photos, and of blurred ones among the others."""
    if not len(pixels):
        return [], []
    parts = [_measure(some) for some in pixels.split(AT_ONCE)]
    bright, sharp = (torch.cat(values) for values in zip(*parts, strict=True))
    dark = bright < DARK
    is_plain = sharp < 0
    seen = sharp[~dark & ~is_plain]
    blurred = torch.zeros_like(dark)
    if len(seen) >= ENOUGH:
        blurred = ~dark & ~is_plain & (sharp < LESS_SHARP * seen.median())
    return dark.nonzero().flatten().tolist(), blurred.nonzero().flatten().tolist()


def _measure(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """float32 [N]: how bright the brightest pixels are; the share of the contrast that is fine detail (-1: none)."""
    grey = pixels.float() @ torch.tensor(GREY)
    side = grey.shape[1]
    flat = grey.reshape(len(grey), -1)
    bright = flat.kthvalue(max(1, int(BRIGHTEST * flat.shape[1])), dim=1).values
    around = sum(grey[:, y : side - 2 + y, x : side - 2 + x] for y in range(3) for x in range(3)) / 9
    detail = (grey[:, 1:-1, 1:-1] - around).var((1, 2))
    contrast = flat.var(1)
    return bright, torch.where(contrast > 1, detail / contrast.clamp_min(1e-6), torch.tensor(-1.0))
