"""Exponential moving average of a model's weights, which often validates better than the last step."""

from __future__ import annotations

import copy

import torch
from torch import nn


def ramp(decay: float, steps: int) -> float:
    """A shorter memory for the first `steps`, so that the random weights of the start are soon forgotten."""
    return min(decay, (1 + steps) / (10 + steps))


class MovingAverage:
    """`network` is a copy of `model` that follows it. Neither may be given other tensors, only other values."""

    def __init__(self, model: nn.Module) -> None:
        self.network = copy.deepcopy(model).requires_grad_(False)
        theirs = model.state_dict()
        pairs = [(mine, theirs[key]) for key, mine in self.network.state_dict().items()]
        # Collected once: walking through voice-cnn's modules in every step took three times as long as averaging it.
        self._floats = _columns([pair for pair in pairs if pair[0].is_floating_point()])
        self._counters = _columns([pair for pair in pairs if not pair[0].is_floating_point()])

    @torch.no_grad()
    def update(self, decay: float) -> None:
        """average ← decay · average + (1 − decay) · model; batch norm's statistics likewise, counters copied."""
        mine, theirs = self._floats
        torch._foreach_lerp_(mine, theirs, 1 - decay)
        mine, theirs = self._counters
        if mine:
            torch._foreach_copy_(mine, theirs)


def _columns(pairs: list[tuple[torch.Tensor, torch.Tensor]]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    return [first for first, _ in pairs], [second for _, second in pairs]
