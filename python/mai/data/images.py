"""Index a data set of photos in one folder per label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mai import events
from mai.data.label_folders import check_label_count, labelled_files
from mai.errors import MaiError


@dataclass(frozen=True)
class Photo:
    """`name` is the path relative to the project folder, with forward slashes, as kept in model.pth."""

    path: Path
    name: str
    label: int


def index_photos(dataset: Path, labels: Sequence[str]) -> list[Photo]:
    """Every file in the folders of `labels`, sorted by name; `Photo.label` indexes `labels`.

    Hidden files, links and photos without a label (`dataset/null`) take no part; a folder that is
    no label of the project is named in a notice. Raises MaiError `dataset_missing`,
    `label_folder_differs`, `too_few_labels`.
    """
    check_label_count(labels)
    if not dataset.is_dir():
        raise MaiError("dataset_missing")
    files = labelled_files(dataset, labels, dataset, lambda folder: events.notice("folder_not_a_label", folder=folder))
    photos = [Photo(file.path, f"{dataset.name}/{file.folder}/{file.path.name}", file.label) for file in files]
    return sorted(photos, key=lambda photo: photo.name)
