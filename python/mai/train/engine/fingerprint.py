"""What a checkpoint depends on, as one text: a checkpoint of anything else is not resumed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from mai.config import TrainConfig
from mai.data.split import Split

WITHOUT_EFFECT = {"early_stopping"}  # settings that change no weights: a training resumes when they are changed


def fingerprint_of(*parts: Any) -> str:
    """SHA-256 of the parts in their order: settings, a split, and what JSON can hold.

    A recipe must keep the order of its parts: another one is another fingerprint, and trainings that an older server
    began would start again.
    """
    text = json.dumps([_plain(part) for part in parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(part: Any) -> Any:
    if isinstance(part, TrainConfig):
        return {name: value for name, value in asdict(part).items() if name not in WITHOUT_EFFECT}
    return asdict(part) if isinstance(part, Split) else part
