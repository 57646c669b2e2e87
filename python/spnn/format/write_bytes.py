"""Write the bytes of a `.param` and of a `.bin` (docs/spnn-format.md §1)."""

from __future__ import annotations

from collections.abc import Callable

from spnn.format import constants as c
from spnn.format.cells import Value, format_e, format_exact, format_f
from spnn.format.graph import Graph, Layer, Stage

_FLOAT_FORMATS: dict[Stage, Callable[[float], str]] = {"float": format_exact, "optimised": format_e, "int8": format_f}


def encode_param(graph: Graph) -> bytes:
    """The text of the `.param`: parameters in the order of `layer.params`."""
    number = _FLOAT_FORMATS[graph.stage]
    head = f"{c.MAGIC}\n{len(graph.layers)} {len(graph.blob_names())}\n".encode()
    return head + b"".join(_line(layer, number) for layer in graph.layers)


def encode_bin(graph: Graph) -> bytes:
    """The blocks of all layers: tag (if the block has one), little-endian data, padding to 4 bytes."""
    parts: list[bytes] = []
    for layer in graph.layers:
        for blob in layer.blobs:
            data = blob.data.astype(blob.data.dtype.newbyteorder("<"), copy=False).tobytes()
            if blob.tag is not None:
                parts.append(blob.tag.to_bytes(4, "little"))
            parts += (data, b"\0" * (-len(data) % 4))
    return b"".join(parts)


def _line(layer: Layer, number: Callable[[float], str]) -> bytes:
    # Padded as bytes, because C pads them: a name may hold Thai letters.
    type_and_name = b"%s %s" % (layer.type.encode().ljust(24), layer.name.encode().ljust(24))
    words = [str(len(layer.bottoms)), str(len(layer.tops)), *layer.bottoms, *layer.tops]
    words += [_param(key, value, number) for key, value in layer.params.items()]
    return type_and_name + b" " + " ".join(words).encode() + b"\n"


def _param(key: int, value: Value, number: Callable[[float], str]) -> str:
    if isinstance(value, tuple):
        cells = "".join("," + _cell(cell, number) for cell in value)
        return f"{c.ARRAY_BASE - key}={len(value)}{cells}"
    return f"{key}={_cell(value, number)}"


def _cell(cell: int | float, number: Callable[[float], str]) -> str:
    return number(cell) if isinstance(cell, float) else str(int(cell))
