"""Read the text of a `.param`: layers without their weights (docs/spnn-format.md §1.1)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from spnn.errors import SpnnFormatError
from spnn.format import constants as c
from spnn.format.cells import Value, parse_cell
from spnn.format.check_layers import check_wiring
from spnn.format.graph import Graph, Layer, Stage


def read_param(path: str | os.PathLike[str]) -> Graph:
    """The network of a `.param` file, any layer type, without weights.

    Raises SpnnFormatError with the line, or OSError where the file cannot be read.
    """
    return parse_param(read_limited(Path(path), c.MAX_PARAM_BYTES), str(path))


def parse_param(text: bytes, file: str = "") -> Graph:
    """As read_param, from the bytes of the file."""
    try:
        return _parse(text)
    except SpnnFormatError as error:
        error.file = file
        raise


def read_limited(path: Path, limit: int) -> bytes:
    """The whole of a regular file of at most `limit` bytes."""
    info = path.stat()
    if not stat.S_ISREG(info.st_mode):
        raise SpnnFormatError(0, "this is not a regular file", file=str(path))
    if info.st_size > limit:
        raise SpnnFormatError(limit, f"the file has {info.st_size} bytes, more than {limit}", file=str(path))
    return path.read_bytes()


def layer_line(text: bytes, index: int) -> int:
    """The line of layer `index` (from 0) in the text of a valid .param."""
    return _lines(text)[index + 2][0]


def _lines(text: bytes) -> list[tuple[int, list[bytes]]]:
    """Number and words of every line that is not blank."""
    return [(number, line.split()) for number, line in enumerate(text.split(b"\n"), 1) if line.strip()]


def _parse(text: bytes) -> Graph:
    lines = _lines(text)
    if not lines or lines[0][1] != [c.MAGIC.encode()]:
        raise _error(1, f"a .param starts with a line {c.MAGIC}")
    if len(lines) < 2 or len(lines[1][1]) != 2:
        raise _error(2, "the second line must hold the number of layers and of blobs")
    layer_count, blob_count = (_count(lines[1][0], word, "count") for word in lines[1][1])
    if layer_count != len(lines) - 2:
        raise _error(lines[1][0], f"says {layer_count} layers, but {len(lines) - 2} lines follow")
    if layer_count == 0:
        raise _error(lines[1][0], "there is no layer")
    graph = Graph([_layer(number, words) for number, words in lines[2:]])
    _check_wiring(graph, [number for number, _ in lines[2:]])
    found = len(graph.blob_names())
    if blob_count != found:
        raise _error(lines[1][0], f"says {blob_count} blobs, but the layers name {found}")
    graph.stage = _stage(graph)
    return graph


def _layer(number: int, words: list[bytes]) -> Layer:
    if len(words) < 4:
        raise _error(number, "a layer needs a type, a name and two counts")
    kind, name = _name(number, words[0]), _name(number, words[1])
    bottom_count, top_count = _count(number, words[2], "inputs"), _count(number, words[3], "outputs")
    if len(words) - 4 < bottom_count + top_count:
        raise _error(number, f"layer {name!r} announces {bottom_count + top_count} blobs and names fewer")
    names = [_name(number, word) for word in words[4 : 4 + bottom_count + top_count]]
    params: dict[int, Value] = {}
    for word in words[4 + bottom_count + top_count :]:
        key, value = _param(number, word)
        params.pop(key, None)  # a repeated id: the last one counts, in its place
        params[key] = value
    return Layer(kind, name, names[:bottom_count], names[bottom_count:], params)


def _param(number: int, word: bytes) -> tuple[int, Value]:
    key_text, equals, value_text = word.partition(b"=")
    try:
        if not equals:
            raise ValueError("is not of the form id=value")
        key = _exact_int(key_text)
        is_array = key <= c.ARRAY_BASE
        slot = c.ARRAY_BASE - key if is_array else key
        if not 0 <= slot <= c.MAX_PARAM_ID:
            raise ValueError(f"has an id outside 0..{c.MAX_PARAM_ID}")
        cells = [part.decode("ascii") for part in value_text.split(b",")]
        if not is_array:
            if len(cells) != 1:
                raise ValueError("has several values, but the id of a single one")
            return slot, parse_cell(cells[0])
        if _exact_int(cells[0].encode()) != len(cells) - 1:
            raise ValueError(f"announces {cells[0]} values and holds {len(cells) - 1}")
        return slot, tuple(parse_cell(cell) for cell in cells[1:])
    except ValueError as error:
        raise _error(number, f"parameter {word[:60].decode('utf-8', 'replace')!r}: {error}") from None


def _check_wiring(graph: Graph, numbers: list[int]) -> None:
    try:
        check_wiring(graph)
    except SpnnFormatError as error:
        raise _error(numbers[error.offset], error.reason) from None


def _stage(graph: Graph) -> Stage:
    if any(c.NPU_FLAG in layer.params for layer in graph.layers):
        return "int8"
    return "optimised" if any(c.OUTPUT_SHAPES in layer.params for layer in graph.layers) else "float"


def _exact_int(text: bytes) -> int:
    if not text.lstrip(b"+-").isdigit() or len(text) > 11:
        raise ValueError(f"{text[:20].decode('utf-8', 'replace')!r} is not a whole number")
    return int(text)


def _count(number: int, word: bytes, what: str) -> int:
    try:
        value = _exact_int(word)
    except ValueError as error:
        raise _error(number, f"number of {what}: {error}") from None
    if value < 0:
        raise _error(number, f"number of {what} is {value}: it cannot be negative")
    return value


def _name(number: int, word: bytes) -> str:
    if len(word) > c.MAX_NAME_BYTES:
        raise _error(number, f"a name of {len(word)} bytes; at most {c.MAX_NAME_BYTES} fit")
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError:
        raise _error(number, "a name that is not UTF-8") from None


def _error(line: int, reason: str) -> SpnnFormatError:
    return SpnnFormatError(line, reason, unit="line")
