"""Read the boxes of one Pascal VOC annotation file without trusting it.

Only `annotation/size` and `name`, `bndbox`, `difficult` and `truncated` of `annotation/object` are looked at. A
document type is refused, so that no entity can be defined, let alone expanded or fetched.

The IDE writes labels into the XML as they are, such as `salt & pepper` and `a < b`; other programs
escape them. Both are read: if only the names make a file invalid XML, it is read again with the names
as plain text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from xml.parsers import expat
from xml.sax.saxutils import unescape

MAX_BYTES = 1 << 20  # a thousand boxes take about 300 KB
MAX_DEPTH = 16
EDGES = ("xmin", "ymin", "xmax", "ymax")
# What the IDE copies into the file unescaped.
_PLAIN_TEXT = re.compile(rb"<(name|filename|path)>(.*?)</\1>", re.DOTALL)
_QUOTES = {"&quot;": '"', "&apos;": "'"}


class AnnotationError(Exception):
    """Why an annotation file cannot be used, in a few words."""


@dataclass(frozen=True)
class DrawnBox:
    """`edges` are x1, y1, x2, y2 in pixels as written; NaN where the file has no number.

    `other_reading` is what `label` would be if its writer had (or had not) escaped it. `difficult`: whoever drew
    it asks that it is neither learnt nor counted. `truncated`: the thing goes on beyond the photo's edge.
    """

    label: str
    edges: tuple[float, float, float, float]
    other_reading: str | None = None
    difficult: bool = False
    truncated: bool = False

    @property
    def readings(self) -> tuple[str, ...]:
        return (self.label,) if self.other_reading in (None, self.label) else (self.label, str(self.other_reading))


@dataclass(frozen=True)
class Annotation:
    """`size`: width and height of the picture that the boxes were drawn on; None where the file does not say."""

    boxes: list[DrawnBox]
    size: tuple[float, float] | None = None


def parse_annotation(content: bytes) -> Annotation:
    """Every object of the file, unchecked, names with their blanks. Raises AnnotationError."""
    if len(content) > MAX_BYTES:
        raise AnnotationError(f"larger than {MAX_BYTES >> 20} MB")
    plain = _PLAIN_TEXT.sub(_escaped, content)
    try:
        annotation = _parse(content)
    except AnnotationError:
        if plain == content or any(_swallows_a_box(match) for match in _PLAIN_TEXT.finditer(content)):
            raise
        as_text = _parse(plain)
        boxes = [replace(box, other_reading=unescape(box.label, _QUOTES)) for box in as_text.boxes]
        return Annotation(boxes, as_text.size)
    if plain == content:
        return annotation
    as_written = _parse(plain).boxes
    if len(as_written) != len(annotation.boxes):
        return annotation
    boxes = [replace(box, other_reading=raw.label) for box, raw in zip(annotation.boxes, as_written, strict=True)]
    return Annotation(boxes, annotation.size)


def _escaped(match: re.Match[bytes]) -> bytes:
    tag, text = match.groups()
    text = text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    return b"<%s>%s</%s>" % (tag, text, tag)


def _swallows_a_box(match: re.Match[bytes]) -> bool:
    """A name that is not closed would run on to the next one, over the box between them."""
    return b"<bndbox" in match[2] or b"</object" in match[2]


def _parse(content: bytes) -> Annotation:
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
    return Annotation(reader.boxes, stated_size(reader.size.get("width"), reader.size.get("height")))


def _refuse_doctype(*_: object) -> None:
    raise AnnotationError("it declares a document type")


class _Reader:
    """Follows the path of open elements; text counts only on the paths that are wanted."""

    def __init__(self) -> None:
        self.boxes: list[DrawnBox] = []
        self.size: dict[str, str] = {}
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
        if self._path[:2] == ["annotation", "size"] and len(self._path) == 3:
            self.size[self._path[2]] = self.size.get(self._path[2], "") + piece
        if self._path[:2] != ["annotation", "object"]:
            return
        field = "/".join(self._path[2:])
        self._fields[field] = self._fields.get(field, "") + piece

    def end(self, _tag: str) -> None:
        if self._path == ["annotation", "object"]:
            x1, y1, x2, y2 = (pixels(self._fields.get(f"bndbox/{edge}", "")) for edge in EDGES)
            self.boxes.append(
                DrawnBox(
                    self._fields.get("name", ""),
                    (x1, y1, x2, y2),
                    difficult=_is_set(self._fields.get("difficult")),
                    truncated=_is_set(self._fields.get("truncated")),
                )
            )
        self._path.pop()


def _is_set(flag: str | None) -> bool:
    return (flag or "").strip().lower() in ("1", "true", "yes")


def stated_size(width: object, height: object) -> tuple[float, float] | None:
    """A width and a height as numbers or text; None unless both are above 0 (`undefined`, 0 and nothing are not)."""
    sides = pixels(width), pixels(height)
    return sides if all(side > 0 for side in sides) else None


def pixels(value: object) -> float:
    """A number or its text; NaN for anything else."""
    try:
        value = float(value) if isinstance(value, (int, float, str)) else math.nan
    except (ValueError, OverflowError):
        return math.nan
    return value if math.isfinite(value) else math.nan
