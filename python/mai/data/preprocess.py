"""Turn camera pixels into network input: one definition for the whole project.

Training, validation, calibration and inference use this object. The board computes the same in
its own code: x = (pixel − 127.5) · 0.0078125, RGB, at the network's size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Preprocess:
    """`size` is the side of the square input in pixels."""

    size: int = 224
    mean: float = 127.5
    scale: float = 0.0078125  # 1/128, exact in float32 and bfloat16

    def __call__(self, pixels: Tensor) -> Tensor:
        """uint8 [N, H, W, 3] → float32 [N, 3, H, W] in about −1..1, channels-last in memory (no copy)."""
        return self.normalise(pixels.permute(0, 3, 1, 2))

    def normalise(self, pixels: Tensor) -> Tensor:
        """Any shape and layout, 0..255 → float32. The subtraction is exact, so this equals the board's bits."""
        return pixels.to(torch.float32).sub_(self.mean).mul_(self.scale)


PREPROCESS = Preprocess()
