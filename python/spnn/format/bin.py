"""Read the weights of a `.bin` into the layers of a graph (docs/spnn-format.md §1.2, §1.3)."""

from __future__ import annotations

import numpy as np

from spnn.errors import SpnnFormatError
from spnn.format import constants as c
from spnn.format.blobs import Block, blocks_of
from spnn.format.graph import Blob, Graph, Layer

_TAGS = {"int8": (c.TAG_INT8, "<i1"), "int16": (c.TAG_INT16, "<i2"), "float32": (c.TAG_FLOAT32, "<f4")}


def attach_blobs(graph: Graph, data: bytes, file: str = "") -> None:
    """Give every layer of `graph` its blocks of `data`. Raises SpnnFormatError with the byte."""
    offset = 0
    try:
        for layer in graph.layers:
            layer.blobs = []
            for block in blocks_of(layer, graph.stage):
                blob, offset = _read(data, offset, block, layer)
                layer.blobs.append(blob)
        if offset != len(data):
            raise SpnnFormatError(offset, f"{len(data) - offset} bytes follow the last layer's weights")
    except SpnnFormatError as error:
        error.file = file
        raise


def _read(data: bytes, offset: int, block: Block, layer: Layer) -> tuple[Blob, int]:
    place = f"{block.what} of layer {layer.name!r}"
    if block.count < 0:
        raise SpnnFormatError(offset, f"{place}: the .param says {block.count} elements")
    if block.kind == "raw":
        return Blob(None, _take(data, offset, "<f4", block.count, place)), offset + 4 * block.count
    tag = int(_take(data, offset, "<u4", 1, f"tag of the {place}")[0])
    if block.kind == "empty":
        _expect(tag, c.TAG_FLOAT32, offset, place)
        return Blob(tag, np.zeros(0, np.float32)), offset + 4
    if block.kind == "weights":
        if tag not in (c.TAG_FLOAT32, c.TAG_FLOAT16):
            reason = f"{place}: tag 0x{tag:08X} is neither float32 (0) nor float16 (0x{c.TAG_FLOAT16:08X})"
            raise SpnnFormatError(offset, reason)
        dtype = "<f4" if tag == c.TAG_FLOAT32 else "<f2"
    else:
        expected, dtype = _TAGS[block.kind]
        _expect(tag, expected, offset, place)
    values = _take(data, offset + 4, dtype, block.count, place)
    end = offset + 4 + values.nbytes
    padding = -values.nbytes % 4
    _take(data, end, "<i1", padding, f"padding behind the {place}")
    return Blob(tag, values), end + padding


def _take(data: bytes, offset: int, dtype: str, count: int, place: str) -> np.ndarray:
    size = np.dtype(dtype).itemsize * count
    if size > len(data) - offset:
        raise SpnnFormatError(offset, f"{place}: needs {size} bytes, {len(data) - offset} are left")
    return np.frombuffer(data, dtype, count, offset)


def _expect(tag: int, expected: int, offset: int, place: str) -> None:
    if tag != expected:
        raise SpnnFormatError(offset, f"{place}: tag 0x{tag:08X} where 0x{expected:08X} must be")
