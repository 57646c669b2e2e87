"""Files of tensors: written beside, synced, renamed, so that none is ever half there."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import torch


def write_atomic(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Call `write` with a file beside `path`, sync it, and rename it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def save_tensors(path: Path, values: dict[str, Any]) -> None:
    """`torch.save` of tensors, numbers, strings, lists and dicts only, atomically. Raises OSError."""
    write_atomic(path, lambda file: dump_tensors(values, file))


def dump_tensors(values: dict[str, Any], file: BinaryIO) -> None:
    """`torch.save` to an open file. Raises OSError."""
    try:
        torch.save(values, file)
    except RuntimeError as reason:
        # torch's writer notices only that its position is wrong; what the disk said is behind it.
        if isinstance(reason.__context__, OSError):
            raise reason.__context__ from None
        raise


def read_tensors(path: Path) -> dict[str, Any]:
    """Read on the CPU with `weights_only=True`. Raises OSError or what torch raises for a broken file."""
    values = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(values, dict):
        raise pickle.UnpicklingError(f"{path.name} holds a {type(values).__name__}, not a dict")
    return values
