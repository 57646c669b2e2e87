"""Read what pnnx wrote, and rewrite it into a float graph that the board's format can express."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spnn.format.bin import attach_blobs
from spnn.format.constants import MAX_BIN_BYTES
from spnn.format.graph import Graph
from spnn.format.param import read_limited, read_param

from mai.convert.check_spnn_ready import check_spnn_ready
from mai.convert.rewrites import rewrite
from mai.convert.rewrites.name_input_and_output import name_input_and_output
from mai.convert.rewrites.refuse_unknown_layers import refuse_unknown_layers


def read_ncnn(param: Path, binary: Path, input_shape: Sequence[int], compare: bool = True) -> tuple[Graph, list[str]]:
    """The network of pnnx's two files, rewritten for the board, and what was changed (a line per change).

    `compare`: run the network before and after each rewrite, which costs a second.
    Raises MaiError `layer_unsupported` naming a layer that the board cannot run, SpnnFormatError for broken files.
    """
    graph = read_param(param)
    refuse_unknown_layers(graph)  # first: the weights of an unknown layer cannot be read
    attach_blobs(graph, read_limited(binary, MAX_BIN_BYTES), str(binary))
    changes = [*name_input_and_output(graph, input_shape), *rewrite(graph, compare)]
    check_spnn_ready(graph)
    return graph, changes
