"""Recognise a network that is, but for its head, one that this installation ships.

Every quick first model is such a network, so a class of forty pupils converts forty of them. Nothing in
such a backbone comes from a pupil's photos, so what is made of it may be shared between classrooms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

from mai.models.efficientnet_lite import EfficientNetLite0
from mai.models.registry import LoadedModel
from mai.models.weights import SUBSTITUTES, bundled_state

HEAD = "classifier"  # what the names of a head's parameters begin with
COUNTER = "num_batches_tracked"  # of a batch norm: plays no part outside of training


@dataclass(frozen=True)
class HeadLayer:
    """One linear layer of a head: `weight` float32 [labels, features], `bias` float32 [labels] or none."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32] | None

    @property
    def labels(self) -> int:
        return len(self.weight)


Head = Sequence[HeadLayer]
"""One layer for each part of the features, in their order (mai.models.efficientnet_lite.PARTS)."""


def known_backbone(trained: LoadedModel) -> EfficientNetLite0 | None:
    """The network, if all of its weights outside the head are the bundled ones to the bit; else None.

    It counts as unknown too if its head is not finite, so that the stages compare it whole and refuse it, or if two
    layers of its head are equal, since the exporter writes equal tensors once.
    """
    module = trained.module
    if trained.name not in SUBSTITUTES.values() or trained.arch or not isinstance(module, EfficientNetLite0):
        return None
    bundled = bundled_state()
    for name, value in module.state_dict().items():
        if name.startswith(HEAD):
            if not torch.isfinite(value).all():
                return None
        elif not name.endswith(COUNTER) and (name not in bundled or not torch.equal(value, bundled[name])):
            return None
    layers = head_of(module)
    alike = any(np.array_equal(a.weight, b.weight) for a, b in combinations(layers, 2))
    return None if alike else module


def head_of(module: EfficientNetLite0) -> Head:
    """The layers of the network's head."""
    layers = (module.classifier, *module.classifiers)
    return [
        HeadLayer(
            layer.weight.detach().contiguous().numpy(),
            None if layer.bias is None else layer.bias.detach().contiguous().numpy(),
        )
        for layer in layers
    ]
