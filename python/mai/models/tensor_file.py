"""Write and read files of tensors, atomically (mai.files)."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, BinaryIO

import torch

from mai.files import write_atomic


def save_tensors(path: Path, values: dict[str, Any]) -> None:
    """`torch.save` of tensors, numbers, strings, lists and dicts only, atomically. Raises OSError."""
    write_atomic(path, lambda file: dump_tensors(values, file))


def dump_tensors(values: dict[str, Any], file: BinaryIO) -> None:
    """`torch.save` to an open file. Raises OSError."""
    try:
        torch.save(values, file)
    except RuntimeError as reason:
        # torch's writer only reports a wrong position; the disk's own error is the cause behind it.
        if isinstance(reason.__context__, OSError):
            raise reason.__context__ from None
        raise


def read_tensors(path: Path) -> dict[str, Any]:
    """Read on the CPU with `weights_only=True`. Raises OSError or what torch raises for a broken file."""
    values = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(values, dict):
        raise pickle.UnpicklingError(f"{path.name} holds a {type(values).__name__}, not a dict")
    return values
