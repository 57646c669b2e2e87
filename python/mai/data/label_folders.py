"""Find which files belong to which label: one folder per label; a label with a slash is a folder within a folder.

The folders are the truth. dataset.json is used only for a shared folder: photos of a label that is
really called "null" lie beside photos that have no label yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spnn.image import SYSTEM_FILES

from mai import events
from mai.data.dataset_json import entries_by_stem
from mai.data.stored_name import find_stored
from mai.errors import MaiError

WITHOUT_LABEL = "null"  # the IDE's folder for samples that have no label yet


@dataclass(frozen=True)
class LabelledFile:
    """`folder` is relative to the root, with forward slashes; `label` indexes the labels."""

    path: Path
    folder: str
    label: int


@dataclass(frozen=True)
class LabelFolders:
    """`shared`: labels whose folder holds files that could be another's; `unused`: folders of no label, with files."""

    files: tuple[LabelledFile, ...]
    shared: tuple[str, ...]
    unused: tuple[str, ...]


def label_folders(root: Path, labels: Sequence[str], dataset: Path) -> LabelFolders:
    """Every file of every label's folder below `root`, a part of `dataset`. Hidden files and links take no part."""
    owners: dict[str, list[int | None]] = {}
    wanted = _by_parts(labels)
    if () in wanted:  # a label of slashes alone: the folder itself
        owners[""] = list(wanted[()])
    _find(root, "", wanted, owners)
    if WITHOUT_LABEL in owners:
        owners[WITHOUT_LABEL].append(None)
    files: list[LabelledFile] = []
    shared: list[str] = []
    for folder, of_folder in owners.items():
        found = files_in(root / folder)
        recorded = {} if len(of_folder) == 1 else entries_by_stem(dataset, [file.stem for file in found])
        for file in found:
            label, is_sure = _owner(recorded.get(file.stem, {}), of_folder, labels)
            if label is None:
                continue
            files.append(LabelledFile(file, folder, label))
            if not is_sure:
                shared.append(labels[label])
    unused = [folder for folder in _folders_with_files(root, "") if folder not in owners]
    return LabelFolders(tuple(files), tuple(dict.fromkeys(shared)), tuple(unused))


def files_in(folder: Path) -> list[Path]:
    """Regular files: no links, no hidden files, none that the system put there."""
    return [
        file
        for file in folder.iterdir()
        if file.is_file()
        and not file.is_symlink()
        and not file.name.startswith(".")
        and file.name.lower() not in SYSTEM_FILES
    ]


def labelled_files(
    root: Path, labels: Sequence[str], dataset: Path, notify_unused: Callable[[str], None]
) -> tuple[LabelledFile, ...]:
    """The files of `label_folders`, with notices of folders that no label uses and of labels that share one.

    Raises MaiError `label_folder_differs`.
    """
    found = label_folders(root, labels, dataset)
    for folder in found.unused:
        notify_unused(folder)
    _notify_shared(found)
    _check_spelling(found, labels)
    return found.files


def _notify_shared(found: LabelFolders) -> None:
    """A notice for each label that shares its folder, so that other files may be learnt as this label."""
    for label in found.shared:
        events.notice(
            "label_folder_shared",
            label=label,
        )


def check_label_count(labels: Sequence[str]) -> None:
    """Raise MaiError `too_few_labels` if there is nothing to tell apart."""
    if len(labels) < 2:
        raise MaiError(
            "too_few_labels",
            count=len(labels),
            needed=2,
        )


def _check_spelling(found: LabelFolders, labels: Sequence[str]) -> None:
    """Raise MaiError `label_folder_differs` if a label has no files because its folder is spelt differently."""
    of_spelling = {_nearly(folder): folder for folder in found.unused}
    for index in sorted(set(range(len(labels))) - {file.label for file in found.files}):
        folder = of_spelling.get(_nearly(labels[index]))
        if folder is not None:
            raise MaiError(
                "label_folder_differs",
                label=labels[index],
                folder=folder,
            )


def _parts(label: str) -> tuple[str, ...]:
    return tuple(part for part in label.split("/") if part)


def _by_parts(labels: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    by_parts: dict[tuple[str, ...], list[int]] = {}
    for index, label in enumerate(labels):
        by_parts.setdefault(_parts(label), []).append(index)
    return by_parts


def _find(
    root: Path, folder: str, wanted: dict[tuple[str, ...], list[int]], owners: dict[str, list[int | None]]
) -> None:
    """Add to `owners` the folders below `folder` that hold the labels' files; `wanted`: what is left of their paths."""
    below = find_stored(_folders(root / folder), list(dict.fromkeys(parts[0] for parts in wanted if parts)))
    for name, entry in below.items():
        path = f"{folder}/{entry}".lstrip("/")
        rest = {parts[1:]: indices for parts, indices in wanted.items() if parts[:1] == (name,)}
        if () in rest:
            owners.setdefault(path, []).extend(rest[()])
        _find(root, path, rest, owners)


def _owner(entry: dict[str, Any], owners: Sequence[int | None], labels: Sequence[str]) -> tuple[int | None, bool]:
    """The label of a file in a folder of `owners` by its entry in dataset.json, and whether that is sure."""
    if len(owners) == 1:
        return owners[0], True
    for owner in owners:
        if "class" in entry and entry["class"] == (None if owner is None else labels[owner]):
            return owner, True
    return owners[0], False


def _folders(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink())


def _folders_with_files(root: Path, folder: str) -> Iterable[str]:
    for name in _folders(root / folder):
        path = f"{folder}/{name}".lstrip("/")
        if path == WITHOUT_LABEL:
            continue
        if files_in(root / path):
            yield path
        yield from _folders_with_files(root, path)


def _nearly(name: str) -> str:
    return " ".join(name.casefold().split())
