"""Write labels.txt: the names of the classes in their order, one per line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

NAME = "labels.txt"


def write_labels(folder: Path, labels: Sequence[str]) -> None:
    """A line break within a label becomes a blank, so that line i is class i; model.pth has the label as it is."""
    text = "".join(f"{' '.join(label.splitlines()) or ' '}\n" for label in labels)
    (folder / NAME).write_text(text, encoding="utf-8", newline="\n")
