"""Index a Pascal VOC data set as the IDE writes it: photos and the boxes drawn on them. Nothing is decoded yet.

The files are the truth: a photo and its XML belong together by their names without extension. If an XML
cannot be read, or its label can be read in two ways, dataset.json is used for the same boxes.
Whatever cannot be used is named in a notice and left out; it does not stop the training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mai.data.boxes import NO_BOXES, NO_CLASSES
from mai.data.dataset_json import RecordedBoxes
from mai.data.decode import PhotoError
from mai.data.findings import Findings
from mai.data.frame import photo_size
from mai.data.label_folders import files_in
from mai.data.label_match import LabelMatcher
from mai.data.named_boxes import NamedBoxes
from mai.data.voc_boxes import SeenAs, check_boxes, seen_as_square
from mai.data.voc_frame import (
    PhotoSize,
    Program,
    Size,
    all_copies,
    drawn_on,
    fits_either_way,
    reaches_beyond,
    to_upright,
    turns_photos,
)
from mai.data.voc_xml import AnnotationError, DrawnBox
from mai.errors import MaiError

MAX_ASPECT = 8.0  # longer than this, the square of a photo shows next to nothing of it


@dataclass(frozen=True)
class AnnotatedPhoto:
    """`name` is relative to the project folder; `width`, `height` in pixels, upright; `boxes` (k, 4) float32
    in those pixels, inside the photo; `classes` (k,) int64 into the labels in class order. k may be 0: background.
    `ignored` (m, 4), `ignored_classes` (m,): boxes that are neither learnt nor asked for."""

    id: str
    path: Path
    name: str
    width: int
    height: int
    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    ignored: NDArray[np.float32] = field(default_factory=lambda: NO_BOXES)
    ignored_classes: NDArray[np.int64] = field(default_factory=lambda: NO_CLASSES)


@dataclass(frozen=True)
class _Drawn:
    """A photo that can be read, with its boxes as they are written and the size they are said to be drawn on."""

    path: Path
    photo: PhotoSize
    boxes: list[DrawnBox]
    classes: list[int | None]
    stated: Size | None

    @property
    def edges(self) -> NDArray[np.float32]:
        return np.array([box.edges for box in self.boxes], np.float32).reshape(-1, 4)


def index_voc(
    dataset: Path, labels: Sequence[str], notify: bool = True, seen_as: SeenAs = seen_as_square
) -> list[AnnotatedPhoto]:
    """Every usable photo with its boxes, sorted by name. With notices, unless `notify` is false.

    `seen_as`: by which boxes are too small.

    Raises MaiError `too_few_labels`, `dataset_missing`, `too_few_boxes`.
    """
    if not labels:
        raise MaiError("too_few_labels", count=0, needed=1)
    photos = _files(dataset / "JPEGImages")
    if not photos:
        raise MaiError("dataset_missing")
    annotations = {file.stem: file for file in _files(dataset / "Annotations") if file.suffix.lower() == ".xml"}
    findings = Findings()
    named = NamedBoxes(LabelMatcher(labels), RecordedBoxes(dataset, [path.stem for path in photos]))
    drawn: dict[str, _Drawn] = {}
    for path in photos:
        if path.stem in drawn:
            findings.add("photos_same_name", path.name)
        elif path.stem not in annotations:
            findings.add("annotations_missing", path.name)
        else:
            found = _read(path, annotations[path.stem], named, findings)
            if found is not None:
                drawn[path.stem] = found
    stems = {path.stem for path in photos}
    for stem in sorted(annotations.keys() - stems):
        findings.add("photos_missing", annotations[stem].name)
    samples = _check(list(drawn.values()), findings, seen_as)
    _check_labels(samples, labels, findings)
    if notify:
        findings.notify()
    _check_enough(samples)
    return sorted(samples, key=lambda sample: sample.name)


def _read(path: Path, annotation: Path, named: NamedBoxes, findings: Findings) -> _Drawn | None:
    try:
        photo = photo_size(path)
    except PhotoError as reason:
        findings.add(reason.code, path.name)
        return None
    except OSError:
        findings.add("photos_unreadable", path.name)
        return None
    if max(photo.width, photo.height) > MAX_ASPECT * min(photo.width, photo.height):
        findings.add("photos_too_narrow", path.name)
        return None
    try:
        found, classes = named.read(path.stem, annotation)
    except (AnnotationError, OSError) as reason:
        findings.add("annotations_unreadable", f"{annotation.name} ({reason})")
        return None
    stated = found.size
    if stated is None and found.boxes:  # a second opinion counts only where it can be right
        recorded = named.recorded_size(path.stem)
        stated = recorded if recorded is not None and fits_either_way(recorded, photo) else None
    return _Drawn(path, photo, found.boxes, classes, stated)


def _check(drawn: list[_Drawn], findings: Findings, seen_as: SeenAs) -> list[AnnotatedPhoto]:
    """Convert boxes to pixels of the upright photo and check them; leave out photos without a usable box."""
    stated = [(each.stated, each.photo) for each in drawn if each.stated is not None and each.boxes]
    program = Program(turns_photos(stated), all_copies(stated))
    samples = []
    for each in drawn:
        edges = _in_photo(each, program, findings)
        if edges is None:
            continue
        size = each.photo.width, each.photo.height
        checked = check_boxes(each.boxes, edges, each.classes, size, each.path.name, findings, seen_as)
        if not each.boxes:
            findings.add("photos_without_boxes", each.path.name)
        elif not len(checked.boxes):
            continue
        name = f"{each.path.parents[1].name}/{each.path.parent.name}/{each.path.name}"
        samples.append(AnnotatedPhoto(each.path.stem, each.path, name, *size, **vars(checked)))
    return samples


def _in_photo(each: _Drawn, program: Program, findings: Findings) -> NDArray[np.float32] | None:
    """The boxes in pixels of the upright photo; None, with the reason in `findings`, if that is not possible."""
    edges, photo, name = each.edges, each.photo, each.path.name
    if not each.boxes:
        return edges
    if each.stated is None and program.all_copies:
        findings.add("boxes_size_unknown", name)
        return None
    picture = drawn_on(each.stated, photo, program)
    if picture is None:
        findings.add("boxes_of_other_size", name)
        return None
    moved = to_upright(edges, picture, photo)
    changed = not np.array_equal(moved, edges, equal_nan=True)
    if changed and reaches_beyond(edges, picture.size):
        findings.add("boxes_of_other_size", name)
        return None
    if not picture.is_sure:
        findings.add("boxes_perhaps_turned", name)
    return moved


def _check_labels(samples: list[AnnotatedPhoto], labels: Sequence[str], findings: Findings) -> None:
    seen = set(np.concatenate([sample.classes for sample in samples] or [np.zeros(0, np.int64)]).tolist())
    for index, label in enumerate(labels):
        if index not in seen:
            findings.add("labels_without_boxes", label)


def _check_enough(samples: list[AnnotatedPhoto]) -> None:
    count = sum(len(sample.boxes) > 0 for sample in samples)
    if count < 2:
        raise MaiError(
            "too_few_boxes",
            count=count,
            needed=2,
        )


def _files(folder: Path) -> list[Path]:
    return sorted(files_in(folder)) if folder.is_dir() and not folder.is_symlink() else []
