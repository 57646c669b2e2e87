"""Index a Pascal VOC data set as the IDE writes it: photos, the boxes drawn on them, nothing decoded yet.

The files are the truth: a photo and its XML belong together by their names without extension. Only where
an XML cannot be read, or its label can be read in two ways, dataset.json is asked for the same boxes.
Whatever cannot be used is named in a notice and left out; it does not stop the training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mai.data.dataset_json import RecordedBoxes
from mai.data.decode import PhotoError
from mai.data.findings import Findings
from mai.data.frame import frame_size
from mai.data.label_folders import files_in
from mai.data.label_match import LabelMatcher
from mai.data.voc_xml import AnnotationError, DrawnBox, parse_annotation
from mai.detect.geometry import area, clip
from mai.errors import MaiError

MAX_ASPECT = 8.0  # longer than this, the square of a photo shows next to nothing of it
MOST_BOXES = 100  # per photo
MIN_SIDE = 1.0  # pixels of the photo; a box thinner than this is a slip of the mouse
CLAMP_SILENTLY = 1.0  # pixels; tools differ in whether the last pixel's edge is w or w−1

SENTENCES = {
    "annotations_missing": "{count} photos have no annotation file and are left out: {names}",
    "annotations_unreadable": "{count} annotation files cannot be read, their photos are left out: {names}",
    "photos_missing": "{count} annotation files have no photo: {names}",
    "photos_unreadable": "{count} photos cannot be read and are left out: {names}",
    "photos_too_large": "{count} photos are too large and are left out: {names}",
    "photos_too_narrow": "{count} photos are more than 8 times as long as wide and are left out: {names}",
    "photos_same_name": "{count} photos share their name with another one and are left out: {names}",
    "photos_without_boxes": "{count} photos have no box: the model learns from them what is background ({names})",
    "boxes_clamped": "{count} boxes reach beyond their photo and were cut at its edge: {names}",
    "boxes_dropped": "{count} boxes are empty or reversed and are left out: {names}",
    "boxes_too_many": "{count} boxes are left out, 100 in one photo is the most: {names}",
    "labels_unknown": "{count} boxes have a label that the project does not have, they are left out: {names}",
    "labels_without_boxes": "{count} labels have no box in any photo and cannot be learnt: {names}",
}


@dataclass(frozen=True)
class AnnotatedPhoto:
    """`name` is relative to the project folder; `width`, `height` in pixels, upright; `boxes` (k, 4) float32
    in those pixels, inside the photo; `classes` (k,) int64 into the labels in class order. k may be 0."""

    id: str
    path: Path
    name: str
    width: int
    height: int
    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]


def index_voc(dataset: Path, labels: Sequence[str], tell: bool = True) -> list[AnnotatedPhoto]:
    """Every usable photo with its boxes, sorted by name. Notices as in SENTENCES, unless `tell` is false.

    Raises MaiError `too_few_labels`, `dataset_missing`, `too_few_boxes`.
    """
    if not labels:
        raise MaiError("too_few_labels", "the project has 0 labels: add at least 1", count=0, needed=1)
    photos = _files(dataset / "JPEGImages")
    if not photos:
        raise MaiError("dataset_missing", "the project has no photos: take some and send it again")
    annotations = {file.stem: file for file in _files(dataset / "Annotations") if file.suffix.lower() == ".xml"}
    findings = Findings(SENTENCES)
    named = _NamedBoxes(LabelMatcher(labels), RecordedBoxes(dataset, [path.stem for path in photos]))
    samples: dict[str, AnnotatedPhoto] = {}
    for path in photos:
        if path.stem in samples:
            findings.add("photos_same_name", path.name)
        elif path.stem not in annotations:
            findings.add("annotations_missing", path.name)
        else:
            sample = _read(path, annotations[path.stem], named, findings)
            if sample is not None:
                samples[path.stem] = sample
    stems = {path.stem for path in photos}
    for stem in sorted(annotations.keys() - stems):
        findings.add("photos_missing", annotations[stem].name)
    _check_labels(list(samples.values()), labels, findings)
    if tell:
        findings.tell()
    _check_enough(list(samples.values()))
    return sorted(samples.values(), key=lambda sample: sample.name)


def _read(path: Path, annotation: Path, named: _NamedBoxes, findings: Findings) -> AnnotatedPhoto | None:
    try:
        width, height = frame_size(path)
    except PhotoError as reason:
        findings.add(reason.code, path.name)
        return None
    if max(width, height) > MAX_ASPECT * min(width, height):
        findings.add("photos_too_narrow", path.name)
        return None
    try:
        drawn = named.read(path.stem, annotation)
    except (AnnotationError, OSError) as reason:
        findings.add("annotations_unreadable", f"{annotation.name} ({reason})")
        return None
    boxes, classes = _check_boxes(drawn, width, height, path.name, findings)
    if not len(boxes):
        findings.add("photos_without_boxes", path.name)
    name = f"{path.parents[1].name}/{path.parent.name}/{path.name}"
    return AnnotatedPhoto(path.stem, path, name, width, height, boxes, classes)


class _NamedBoxes:
    """Boxes of annotation files with the class that each of them names."""

    def __init__(self, matcher: LabelMatcher, recorded: RecordedBoxes) -> None:
        self._matcher = matcher
        self._recorded = recorded

    def read(self, stem: str, annotation: Path) -> list[tuple[DrawnBox, int | None]]:
        """None: the project has no such label. Raises AnnotationError, OSError."""
        try:
            drawn = parse_annotation(annotation.read_bytes())
        except AnnotationError:
            drawn = self._recorded.of(stem)
            if not drawn:
                raise
        return [(box, self._class_of(box, stem)) for box in drawn]

    def _class_of(self, box: DrawnBox, stem: str) -> int | None:
        found = self._matcher.find(box.readings)
        if len(found) > 1:  # `&amp;` for a project with the labels "&" and "&amp;"
            same = [other.label for other in self._recorded.of(stem) if _same_edges(other, box)]
            found = [index for index in self._matcher.find(same) if index in found] or found
        return found[0] if found else None


def _same_edges(one: DrawnBox, other: DrawnBox) -> bool:
    return bool(np.allclose(one.edges, other.edges, rtol=0, atol=1))


def _check_boxes(
    named: list[tuple[DrawnBox, int | None]], width: int, height: int, name: str, findings: Findings
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    for box, index in named:
        if index is None:
            findings.add("labels_unknown", f"{box.label.strip() or '?'} ({name})")
    drawn = [(box, index) for box, index in named if index is not None]
    if len(drawn) > MOST_BOXES:
        findings.add("boxes_too_many", name, len(drawn) - MOST_BOXES)
        drawn = drawn[:MOST_BOXES]
    edges = np.array([box.edges for box, _ in drawn], np.float32).reshape(-1, 4)
    inside = clip(edges, width, height)
    side = inside[:, 2:] - inside[:, :2]
    usable = np.isfinite(edges).all(axis=1) & (area(edges) > 0) & (side >= MIN_SIDE).all(axis=1)
    cut = usable & (np.abs(inside - edges) > CLAMP_SILENTLY).any(axis=1)
    if not usable.all():
        findings.add("boxes_dropped", name, int((~usable).sum()))
    if cut.any():
        findings.add("boxes_clamped", name, int(cut.sum()))
    classes = np.array([index for _, index in drawn], np.int64)
    return inside[usable], classes[usable]


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
            f"{count} photos have a usable box: draw boxes on at least 2, better 20 or more of each label",
            count=count, needed=2,
        )


def _files(folder: Path) -> list[Path]:
    return sorted(files_in(folder)) if folder.is_dir() and not folder.is_symlink() else []
