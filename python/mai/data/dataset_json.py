"""Read the IDE's dataset.json. The files are the truth; dataset.json is used only where they leave a doubt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from mai.data.stored_name import find_stored
from mai.data.voc_xml import Annotation, DrawnBox, pixels, stated_size

MAX_BYTES = 64 << 20  # 50,000 photos with five boxes each are 40 MB


def read_entries(dataset: Path) -> list[dict[str, Any]]:
    """`data` of the dataset.json beside the folder `dataset`; empty where there is none that can be read."""
    file = dataset.parent / "dataset.json"
    try:
        if file.is_symlink() or file.stat().st_size > MAX_BYTES:
            return []
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return []
    data = document.get("data") if isinstance(document, dict) else None
    return [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []


def drawn_boxes(entry: dict[str, Any]) -> list[DrawnBox]:
    """The entry's `annotate`, unchecked as from an XML file."""
    annotate = entry.get("annotate")
    boxes = [box for box in annotate if isinstance(box, dict)] if isinstance(annotate, list) else []
    return [DrawnBox(str(box.get("label", "")), _edges(box)) for box in boxes]


def _edges(box: dict[str, Any]) -> tuple[float, float, float, float]:
    return pixels(box.get("x1")), pixels(box.get("y1")), pixels(box.get("x2")), pixels(box.get("y2"))


def entries_by_stem(dataset: Path, stems: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The entries of the files that a folder has, by their names without extension; others are left out."""
    by_id = {str(entry.get("id")): entry for entry in read_entries(dataset)}
    return {stem: by_id[name] for name, stem in find_stored(stems, list(by_id), stems=True).items()}


class RecordedBoxes:
    """The boxes in dataset.json of the photos stored as `stems`; the file is read at the first use."""

    def __init__(self, dataset: Path, stems: Sequence[str]) -> None:
        self._dataset = dataset
        self._stems = stems

    def of(self, stem: str) -> Annotation:
        """Without boxes and size where nothing is known of the photo."""
        entry = self._by_stem.get(stem, {})
        return Annotation(drawn_boxes(entry), stated_size(entry.get("width"), entry.get("height")))

    @cached_property
    def _by_stem(self) -> dict[str, dict[str, Any]]:
        return entries_by_stem(self._dataset, self._stems)
