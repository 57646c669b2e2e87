"""Boxes from one Pascal VOC annotation file, read as if a stranger had written it.

Only `annotation/object/name` and `annotation/object/bndbox/*` are looked at. A document type is
refused, so that no entity can be defined, let alone expanded or fetched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.parsers import expat

MAX_BYTES = 1 << 20  # a thousand boxes take about 300 KB
MAX_DEPTH = 16
EDGES = ("xmin", "ymin", "xmax", "ymax")


class AnnotationError(Exception):
    """Why an annotation file cannot be used, in a few words."""


@dataclass(frozen=True)
class DrawnBox:
    """`edges` are x1, y1, x2, y2 in pixels as written; NaN where the file has no number."""

    label: str
    edges: tuple[float, float, float, float]


def parse_annotation(content: bytes) -> list[DrawnBox]:
    """Every object of the file, unchecked. Raises AnnotationError."""
    if len(content) > MAX_BYTES:
        raise AnnotationError(f"larger than {MAX_BYTES >> 20} MB")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as reason:
        raise AnnotationError(str(reason)) from None
    return reader.boxes


def _refuse_doctype(*_: object) -> None:
    raise AnnotationError("it declares a document type")


class _Reader:
    """Follows the path of open elements; text counts only on the paths that are wanted."""

    def __init__(self) -> None:
        self.boxes: list[DrawnBox] = []
        self._path: list[str] = []
        self._fields: dict[str, str] = {}

    def start(self, tag: str, _attributes: object) -> None:
        if not self._path and tag != "annotation":
            raise AnnotationError(f"it begins with <{tag[:40]}>, not with <annotation>")
        self._path.append(tag)
        if len(self._path) > MAX_DEPTH:
            raise AnnotationError(f"nested deeper than {MAX_DEPTH}")
        if self._path == ["annotation", "object"]:
            self._fields = {}

    def text(self, piece: str) -> None:
        if self._path[:2] != ["annotation", "object"]:
            return
        field = "/".join(self._path[2:])
        self._fields[field] = self._fields.get(field, "") + piece

    def end(self, _tag: str) -> None:
        if self._path == ["annotation", "object"]:
            x1, y1, x2, y2 = (_number(self._fields.get(f"bndbox/{edge}", "")) for edge in EDGES)
            self.boxes.append(DrawnBox(self._fields.get("name", "").strip(), (x1, y1, x2, y2)))
        self._path.pop()


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
