"""The number format a training computes in: autocast, and loss scaling where float16 needs it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import torch

from mai.device import autocast_dtype


@dataclass
class Precision:
    """`dtype` None is plain float32. Training and validation use the same object."""

    device: torch.device
    dtype: torch.dtype | None
    scaler: torch.amp.GradScaler = field(init=False)

    def __post_init__(self) -> None:
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

    def autocast(self) -> AbstractContextManager[object]:
        if self.dtype is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.dtype)


def precision_of(device: torch.device) -> Precision:
    """The autocast type of the device (mai.device.autocast_dtype), float32 where it has none."""
    return Precision(device, autocast_dtype(device))
