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
    try:
        values = unpack(read_tensors(path))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError, KeyError, TypeError):
        events.notice("checkpoint_unreadable")
        return None
    if values.get("fingerprint") != fingerprint:
        events.notice("checkpoint_of_other_settings")
        return None
    return values
