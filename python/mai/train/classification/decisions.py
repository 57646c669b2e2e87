"""What a training decided before its first epoch, kept so that a resumed one decides the same."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mai.files import write_atomic
from mai.models.weights import Weights

FILE = "decisions.json"


@dataclass(frozen=True)
class Decisions:
    """`asked` is the project's network, `model` the one trained; `instant` is what the report says of it.

    `mirrors`: for each label, in class order, whether its photos may be mirrored. One answer for all of them is what
    older servers decided.
    """

    asked: str
    model: str
    weights: Weights
    mirrors: bool | tuple[bool, ...]
    instant: dict[str, Any]

    def mirrors_of(self, classes: int) -> tuple[bool, ...]:
        return (self.mirrors,) * classes if isinstance(self.mirrors, bool) else tuple(self.mirrors)


def save_decisions(checkpoints: Path, decisions: Decisions) -> None:
    text = json.dumps(asdict(decisions), ensure_ascii=False)
    write_atomic(checkpoints / FILE, lambda file: file.write(text.encode()))


def read_decisions(checkpoints: Path) -> Decisions | None:
    """None if there are none, or none that can be read: the training then starts anew."""
    try:
        return Decisions(**json.loads((checkpoints / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
