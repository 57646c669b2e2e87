"""Run all of quantize: each layer in order, then flags and scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from spnn.errors import SpnnFormatError
from spnn.format.cells import Value, format_f, parse_float32
from spnn.format.check_layers import check_layers, check_wiring
from spnn.format.graph import Graph, Layer
from spnn.format.npu import runs_on_npu
from spnn.format.table import Table
from spnn.format.values import find_param, params_of
from spnn.format.written_params import written_params
from spnn.log import Log
from spnn.quantize import pointwise
from spnn.quantize.split import convert_outputs
from spnn.quantize.state import State
from spnn.quantize.warn_about import warn_about_concat, warn_about_lost_params
from spnn.quantize.weighted import quantize_weighted

_QUANTIZERS: dict[str, Callable[[State, Layer], dict[str, Value]]] = {
    "Convolution": quantize_weighted,
    "InnerProduct": quantize_weighted,
    "ReLU": pointwise.quantize_relu,
    "PReLU": pointwise.quantize_prelu,
    "Pooling": pointwise.quantize_pooling,
    "BatchNorm": pointwise.quantize_batchnorm,
    "Eltwise": pointwise.quantize_eltwise,
}
_LOG_ORDER = ("input", "Split", "convolution", "innerproduct", "relu", "prelu", "pooling", "batchnorm", "eltwise")


def quantize(graph: Graph, table: Table, log: Log | None = None) -> Graph:
    """The int8 network of an optimised one, as the vendor's tool makes it; `graph` stays as it is.

    Raises SpnnFormatError where weights, shape hints and table do not belong together.
    `log` receives the tool's lines and warnings about what it does silently.
    """
    if graph.stage == "int8":
        raise SpnnFormatError(0, "this model is quantised already", unit="layer")
    log = log or Log()
    source = graph.copy()
    check_layers(source)
    check_wiring(source)
    inputs = source.inputs()
    state = State(table, log, inputs[0].tops[0] if inputs else None)
    result = Graph([], "int8")
    for state.index, layer in enumerate(source.layers):
        result.layers += _quantized(state, layer)
    check_wiring(result)
    for group in _LOG_ORDER:
        if f"quantize_{group}" in state.messages:
            for line in (f"quantize_{group}", *state.messages[f"quantize_{group}"]):
                log.line(line)
    return result


def _quantized(state: State, layer: Layer) -> list[Layer]:
    """The layer as it is written, and what is inserted behind it."""
    on_npu = runs_on_npu(layer)
    warn_about_lost_params(state, layer)
    scales = tuple(state.table.scale(top) for top in layer.tops)
    inserted: list[Layer] = []
    added: dict[str, Value] = {}
    original = layer.type
    if layer.type == "Split":
        state.say("quantize_Split")
        for extra, of_extra in convert_outputs(state, layer):
            _finish(extra, extra.params, of_extra, True, (state.table.scale(extra.tops[0]),))
            inserted.append(extra)
    elif on_npu and layer.type in _QUANTIZERS:
        state.say(f"quantize_{layer.type.lower()}")
        added = _QUANTIZERS[layer.type](state, layer)
    elif layer.type == "Input":
        state.say("quantize_input")
    elif layer.type == "Concat" and on_npu:
        warn_about_concat(state, layer)
    params = written_params(layer, "int8") if layer.type == original else {}
    _finish(layer, params, added, on_npu, scales)
    return [layer, *inserted]


def _finish(
    layer: Layer, params: dict[int, Value], added: dict[str, Value], on_npu: bool, scales: Sequence[np.float32]
) -> None:
    """Own parameters, then the int8 ones without their defaults, then flag and scales (docs/spnn-format.md §1.1)."""
    kept = {name: value for name, value in added.items() if value != find_param(layer.type, name).default}
    rounded = tuple(parse_float32(format_f(float(scale))) for scale in scales)
    layer.params = {**params, **params_of(layer.type, **kept, npu_flag=(int(on_npu),), scales=rounded)}
