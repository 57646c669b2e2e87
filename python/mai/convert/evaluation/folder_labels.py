"""The label of a sample by the folder it lies in."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from mai.data.stored_name import stored_name

UNKNOWN = -1


class FolderLabels:
    """Call it with a sample's name (`dataset/<label>/<file>`): the label's index, or UNKNOWN."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._by_name = {_composed(stored_name(label)): number for number, label in enumerate(labels)}

    def __call__(self, name: str) -> int:
        return self._by_name.get(_composed(PurePosixPath(name).parent.name), UNKNOWN)


def _composed(name: str) -> str:
    """Some systems write Thai and accented names decomposed: compare them composed."""
    return unicodedata.normalize("NFC", name)
