"""Find a training's last checkpoint, if it is whole and belongs to the same settings."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from mai import events
from mai.models.tensor_file import read_tensors
from mai.train.engine.packing import unpack


def read_checkpoint(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """The checkpoint at `path` if it is whole and of the same training, else None and a notice.

    A checkpoint that cannot be used is not worth stopping for: the training starts again.
    """
    if not path.exists():
        return None
    values = read_kept(path)
    if values is None:
        events.notice("checkpoint_unreadable")
        return None
    if values.get("fingerprint") != fingerprint:
        events.notice("checkpoint_of_other_settings")
        return None
    return values


def read_kept(path: Path) -> dict[str, Any] | None:
    """What `pack` has packed into the file; None where there is none that can be read."""
    try:
        values: dict[str, Any] = unpack(read_tensors(path))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError, KeyError, TypeError):
        return None
    return values
