"""Give the input its shape, and give input and output the names that the board's program uses."""

from __future__ import annotations

from collections.abc import Sequence

from spnn.format.graph import Graph
from spnn.format.values import params_of
from spnn.log import Log
from spnn.passes.network import Network

from mai.convert.export_onnx import INPUT_NAME, OUTPUT_NAME
from mai.errors import MaiError

# A table line whose key holds the first is a row of weight scales; quantize makes names that end in the second.
RESERVED = ("_param_", "_cvt")


def name_input_and_output(graph: Graph, shape: Sequence[int]) -> list[str]:
    """`shape` (1, C, H, W) or (C, H, W) of the one input. Raises MaiError unless there is one input and one output."""
    channels, height, width = shape[-3:]
    inputs, outputs = graph.inputs(), graph.outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        raise MaiError(
            "network_shape",
            inputs=len(inputs),
            outputs=len(outputs),
        )
    (source,) = inputs
    network = Network(graph, Log())
    if len(graph.layers) < 2 or outputs == source.tops:
        raise MaiError("network_empty")
    source.params = params_of("Input", iw=width, ih=height, ic=channels)
    for old, new in ((source.tops[0], INPUT_NAME), (outputs[0], OUTPUT_NAME)):
        if old != new and new in graph.blob_names():
            network.rename_blob(new, network.fresh_blob(new + "_"))
        network.rename_blob(old, new)
    source.name = network.fresh_name(INPUT_NAME)
    _free_reserved_words(network)
    return [f"input {width}x{height}x{channels}"]


def _free_reserved_words(network: Network) -> None:
    for name in network.graph.blob_names():
        if any(word in name for word in RESERVED):
            network.rename_blob(name, network.fresh_blob(_plain(name)))
    for layer in network.layers():
        if any(word in layer.name for word in RESERVED):
            layer.name = network.fresh_name(_plain(layer.name))


def _plain(name: str) -> str:
    for word in RESERVED:
        name = name.replace(word, word.replace("_", "-"))
    return name
