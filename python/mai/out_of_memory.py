"""Recognise any exception that means out of memory. This module does not import torch, which may not be loaded."""

from __future__ import annotations

# PyTorch's CPU allocator and oneDNN, the CUDA driver, cuBLAS and cuDNN raise plain RuntimeErrors that only
# their text tells. On a GPU it is the driver's where the card was full before PyTorch had a share of it.
SIGNS = (
    "DefaultCPUAllocator", "std::bad_alloc", "could not create a memory object", "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "DEVICE_ALLOCATION_FAILED",
)  # fmt: skip


def is_out_of_memory(error: BaseException) -> bool:
    """Python's MemoryError, PyTorch's OutOfMemoryError, or a RuntimeError with one of SIGNS in it."""
    if isinstance(error, MemoryError):
        return True
    if not isinstance(error, RuntimeError):
        return False
    named = any(kind.__name__ == "OutOfMemoryError" for kind in type(error).__mro__)
    return named or any(sign in str(error) for sign in SIGNS)
