"""The steps of an epoch and nothing else: what a training is measured against."""

from __future__ import annotations

from collections.abc import Iterable

import torch.nn.functional as F
from mai.train.engine.precision import Precision
from torch import Tensor, nn, optim


def bare_epoch(
    network: nn.Module,
    optimizer: optim.Optimizer,
    precision: Precision,
    batches: Iterable[tuple[Tensor, Tensor]],
) -> None:
    """A step for each batch of inputs and labels (int64 [n])."""
    network.train()
    for inputs, labels in batches:
        with precision.autocast():
            loss = F.cross_entropy(network(inputs).float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
