"""Exponential moving average of a model's weights, which often validates better than the last step."""

from __future__ import annotations

import torch
from torch import nn


def ramp(decay: float, steps: int) -> float:
    """A shorter memory for the first `steps`, so that the random weights of the start are soon forgotten."""
    return min(decay, (1 + steps) / (10 + steps))


@torch.no_grad()
def update(average: nn.Module, model: nn.Module, decay: float) -> None:
    """average ← decay · average + (1 − decay) · model; batch norm's statistics likewise, counters copied."""
    mine, theirs = average.state_dict(), model.state_dict()
    floats = [key for key, value in mine.items() if value.is_floating_point()]
    torch._foreach_lerp_([mine[key] for key in floats], [theirs[key] for key in floats], 1 - decay)
    for key, value in mine.items():
        if not value.is_floating_point():
            value.copy_(theirs[key])
