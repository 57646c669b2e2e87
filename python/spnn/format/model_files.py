"""Read and write a model: a `.param` and a `.bin`, of any of the three stages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from spnn.errors import SpnnFormatError
from spnn.format import constants as c
from spnn.format.bin import attach_blobs
from spnn.format.check_layers import check_layers
from spnn.format.graph import Graph
from spnn.format.param import layer_line, parse_param, read_limited
from spnn.format.write_bytes import encode_bin, encode_param

PathLike = str | os.PathLike[str]


def read_model(param_path: PathLike, bin_path: PathLike) -> Graph:
    """Read a float, optimised or int8 model; `graph.stage` says which it is.

    Raises SpnnFormatError (line of the `.param` or byte of the `.bin`, and the reason), or
    OSError where a file cannot be opened. A model that is read has known layer types, every
    blob made once and before its only use, and weights of exactly the sizes it announces.
    """
    text = read_limited(Path(param_path), c.MAX_PARAM_BYTES)
    graph = parse_param(text, str(param_path))
    try:
        check_layers(graph)
    except SpnnFormatError as error:
        line = layer_line(text, error.offset)
        raise SpnnFormatError(line, error.reason, unit="line", file=str(param_path)) from None
    attach_blobs(graph, read_limited(Path(bin_path), c.MAX_BIN_BYTES), str(bin_path))
    return graph


def write_model(graph: Graph, param_path: PathLike, bin_path: PathLike) -> None:
    """Write both files, the inverse of read_model: complete, or not at all."""
    write_together({param_path: encode_param(graph), bin_path: encode_bin(graph)})


def write_together(contents: Mapping[PathLike, bytes]) -> None:
    """Write all files under temporary names, then rename them, so that a full disk leaves the old ones."""
    partials: list[tuple[Path, Path]] = []
    try:
        for number, (path, data) in enumerate(contents.items()):
            target = Path(path)
            partial = target.with_name(f".{target.name}.{os.getpid()}.{number}.part")
            partials.append((partial, target))
            partial.write_bytes(data)
        for partial, target in partials:
            partial.replace(target)
    finally:
        for partial, _ in partials:
            partial.unlink(missing_ok=True)
