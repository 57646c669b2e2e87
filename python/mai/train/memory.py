"""What lies in which memory; recognise that it ran out, and give back what can be given back."""

from __future__ import annotations

import gc

import torch
from torch import Tensor

CPU_SIGNS = ("DefaultCPUAllocator", "std::bad_alloc", "could not create a memory object")

def resident(pixels: Tensor, device: torch.device) -> Tensor:
    """The pixels on a GPU if they take less than half of its free memory, else where they are."""
    if device.type != "cuda" or pixels.nbytes > torch.cuda.mem_get_info(device)[0] / 2:
        return pixels
    return pixels.to(device)


def is_out_of_memory(error: BaseException) -> bool:
    """CUDA has a class for it; on the CPU, PyTorch and oneDNN raise plain RuntimeErrors that only their text tells."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in CPU_SIGNS)


def release(device: torch.device) -> None:
    """Drop what the failed batch held, so that a smaller one finds room."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
