"""Read the boards that the IDE offers from contract/boards.json."""

from __future__ import annotations

import json
from pathlib import Path

_CONTRACT = json.loads((Path(__file__).resolve().parents[2] / "contract/boards.json").read_text(encoding="utf-8"))

DEFAULT_BOARD: str = _CONTRACT["default"]
"""The board of a project that names none."""
FILES: dict[str, dict[str, list[str]]] = {board: entry["files"] for board, entry in _CONTRACT["boards"].items()}
"""Board id → project type, all of which there are → files that the board's program loads."""
NETWORKS: dict[str, dict[str, dict[str, str]]] = {
    board: entry.get("networks", {}) for board, entry in _CONTRACT["boards"].items()
}
"""Board id → project type → network that the IDE offers → network that is trained; the first one is the default.
A type that is not there has the same networks on every board."""
