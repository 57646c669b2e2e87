"""What lies in which memory, and giving back what can be given back."""

from __future__ import annotations

import gc

import torch
from torch import Tensor


def resident(pixels: Tensor, device: torch.device) -> Tensor:
    """The pixels on a GPU if they take less than half of its free memory, else where they are."""
    if device.type != "cuda" or pixels.nbytes > torch.cuda.mem_get_info(device)[0] / 2:
        return pixels
    return pixels.to(device)


def release(device: torch.device) -> None:
    """Drop what the failed batch held, so that a smaller one finds room."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
