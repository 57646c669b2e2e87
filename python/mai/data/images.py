"""Index a data set of photos in one folder per label: the folders are the truth, dataset.json is not read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mai import events
from mai.data.stored_name import stored_name
from mai.errors import MaiError

WITHOUT_LABEL = "null"  # the IDE's folder for photos that have no label yet
SYSTEM_FILES = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Photo:
    """`name` is the path relative to the project folder, with forward slashes, as kept in model.pth."""

    path: Path
    name: str
    label: int


def index_photos(dataset: Path, labels: Sequence[str]) -> list[Photo]:
    """Every file in the folders of `labels`, sorted by name; `Photo.label` indexes `labels`.

    Hidden files, links, subfolders and `dataset/null` take no part; a folder that is no
    label of the project is named in a notice. Raises MaiError `dataset_missing`,
    `too_few_labels`.
    """
    if len(labels) < 2:
        raise MaiError(
            "too_few_labels",
            f"the project has {len(labels)} labels: add at least 2, so that there is something to tell apart",
            count=len(labels), needed=2,
        )
    if not dataset.is_dir():
        raise MaiError("dataset_missing", "the project has no photos: take some and send it again")
    by_name = {_same(stored_name(label)): number for number, label in enumerate(labels)}
    photos: list[Photo] = []
    for folder in sorted(dataset.iterdir()):
        if not folder.is_dir() or folder.is_symlink() or folder.name == WITHOUT_LABEL:
            continue
        number = by_name.get(_same(folder.name))
        if number is None:
            if files_in(folder):
                events.notice(
                    "folder_not_a_label",
                    f"the photos in {folder.name!r} are not used: the project has no such label",
                    folder=folder.name,
                )
            continue
        photos += [Photo(file, f"{dataset.name}/{folder.name}/{file.name}", number) for file in files_in(folder)]
    return sorted(photos, key=lambda photo: photo.name)


def files_in(folder: Path) -> list[Path]:
    """Regular files: no links, no hidden files, none that the system put there."""
    return [
        file
        for file in folder.iterdir()
        if file.is_file() and not file.is_symlink()
        and not file.name.startswith(".") and file.name.lower() not in SYSTEM_FILES
    ]


def _same(name: str) -> str:
    """Some systems write Thai and accented names decomposed: compare them composed."""
    return unicodedata.normalize("NFC", name)
