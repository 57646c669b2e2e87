"""Read the boxes of a photo's annotation, each with the label it names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mai.data.dataset_json import RecordedBoxes
from mai.data.label_match import LabelMatcher
from mai.data.voc_frame import Size
from mai.data.voc_xml import Annotation, AnnotationError, DrawnBox, parse_annotation


class NamedBoxes:
    """Boxes of annotation files with the class that each of them names."""

    def __init__(self, matcher: LabelMatcher, recorded: RecordedBoxes) -> None:
        self._matcher = matcher
        self._recorded = recorded

    def read(self, stem: str, annotation: Path) -> tuple[Annotation, list[int | None]]:
        """A class of None: the project has no such label. Raises AnnotationError, OSError."""
        try:
            found = parse_annotation(annotation.read_bytes())
        except AnnotationError:
            found = self._recorded.of(stem)
            if not found.boxes:
                raise
        return found, [self._class_of(box, stem) for box in found.boxes]

    def recorded_size(self, stem: str) -> Size | None:
        """What dataset.json says where the annotation says nothing."""
        return self._recorded.of(stem).size

    def _class_of(self, box: DrawnBox, stem: str) -> int | None:
        found = self._matcher.find(box.readings)
        if len(found) > 1:  # `&amp;` for a project with the labels "&" and "&amp;"
            same = [other.label for other in self._recorded.of(stem).boxes if _same_edges(other, box)]
            found = [index for index in self._matcher.find(same) if index in found] or found
        return found[0] if found else None


def _same_edges(one: DrawnBox, other: DrawnBox) -> bool:
    return bool(np.allclose(one.edges, other.edges, rtol=0, atol=1))
