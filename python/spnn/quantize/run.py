"""The whole of quantize: each layer in order, then flags and scales."""

from __future__ import annotations

from collections.abc import Callable

from spnn.errors import SpnnFormatError
from spnn.format import constants as c
from spnn.format.cells import Value, format_f, parse_float32
from spnn.format.check_layers import check_layers, check_wiring
from spnn.format.graph import Graph, Layer
from spnn.format.npu import runs_on_npu
from spnn.format.table import Table
from spnn.format.write_values import written_params
from spnn.log import Log
from spnn.quantize import pointwise
from spnn.quantize.split import convert_outputs
from spnn.quantize.state import State
from spnn.quantize.warn_about import warn_about_concat, warn_about_lost_params
from spnn.quantize.weighted import quantize_weighted

_QUANTIZERS: dict[str, Callable[[State, Layer], dict[int, Value]]] = {
    "Convolution": quantize_weighted,
    "InnerProduct": quantize_weighted,
    "ReLU": pointwise.quantize_relu,
    "PReLU": pointwise.quantize_prelu,
    "Pooling": pointwise.quantize_pooling,
    "BatchNorm": pointwise.quantize_batchnorm,
    "Eltwise": pointwise.quantize_eltwise,
}
_LOG_ORDER = ("input", "Split", "convolution", "innerproduct", "relu", "prelu", "pooling", "batchnorm", "eltwise")
# §1.1: the defaults for omission; of [21] it is 1 here and 0 everywhere else
_MULT_OF_ONE = ("Convolution", "InnerProduct", "Pooling")


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
    ids: dict[int, Value] = {}
    original = layer.type
    if layer.type == "Split":
        state.say("quantize_Split")
        for extra, extra_ids in convert_outputs(state, layer):
            _finish(extra, extra.params, extra_ids, True, (state.table.scale(extra.tops[0]),))
            inserted.append(extra)
    elif on_npu and layer.type in _QUANTIZERS:
        state.say(f"quantize_{layer.type.lower()}")
        ids = _QUANTIZERS[layer.type](state, layer)
    elif layer.type == "Input":
        state.say("quantize_input")
    elif layer.type == "Concat" and on_npu:
        warn_about_concat(state, layer)
    params = written_params(layer, "int8") if layer.type == original else {}
    _finish(layer, params, ids, on_npu, scales)
    return [layer, *inserted]


def _finish(layer: Layer, params: dict[int, Value], ids: dict[int, Value], on_npu: bool, scales: tuple) -> None:
    """Own parameters, then the int8 ids without their defaults, then flag and scales (docs/spnn-format.md §1.1)."""
    one = 1 if layer.type in _MULT_OF_ONE else 0
    kept = {key: value for key, value in ids.items() if value != (one if key == c.MULT else 0)}
    rounded = tuple(parse_float32(format_f(float(scale))) for scale in scales)
    layer.params = {**params, **kept, c.NPU_FLAG: (int(on_npu),), c.SCALES: rounded}
