"""Find a sample's label by the folder it lies in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mai.data.label_folders import label_folders

UNKNOWN = -1


class FolderLabels:
    """Call it with a sample's name, relative to `project`: the label's index, or UNKNOWN.

    `folder` holds the labels' folders: `dataset` for photos, `dataset/sound` for clips.
    """

    def __init__(self, project: Path, folder: str, labels: Sequence[str]) -> None:
        root = project / folder
        found = label_folders(root, labels, project / "dataset").files if root.is_dir() else ()
        self._by_name = {f"{folder}/{file.folder}/{file.path.name}": file.label for file in found}

    def __call__(self, name: str) -> int:
        return self._by_name.get(name, UNKNOWN)
