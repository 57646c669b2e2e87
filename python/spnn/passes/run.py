"""Run all of optimize: passes, shapes, parameters."""

from __future__ import annotations

from spnn.errors import SpnnFormatError
from spnn.format import constants as c
from spnn.format.cells import Value
from spnn.format.check_layers import check_layers, check_wiring
from spnn.format.graph import Blob, Graph, Layer
from spnn.format.npu import runs_on_npu
from spnn.format.values import params_of
from spnn.format.written_params import written_params
from spnn.log import Log
from spnn.passes.passes import PASSES
from spnn.passes.runner import run_passes
from spnn.passes.warn_about import warn_about_shapes, warn_before_passes
from spnn.shapes import Shape, infer_shapes
from spnn.shapes.infer import input_dims


def optimize(graph: Graph, log: Log | None = None) -> Graph:
    """The optimised network, as the vendor's tool makes it; `graph` stays as it is.

    Raises SpnnFormatError where the network breaks the format or an Input does not say its
    shape. `log` receives the tool's lines and warnings about what it does silently.
    """
    log = log or Log()
    if graph.stage == "int8":
        raise SpnnFormatError(0, "this model is quantised already: optimize takes a float model", unit="layer")
    result = graph.copy()
    check_layers(result)
    check_wiring(result)
    _require_input_shapes(result)
    warn_before_passes(result, log)
    run_passes(result, PASSES, log)

    log.line("shape_inference")
    shapes = infer_shapes(result)
    for layer in result.layers:
        layer.params = {**_hints(layer, shapes), **written_params(layer, "optimised")}
        layer.blobs = [Blob(blob.tag if blob.tag is None else c.TAG_FLOAT32, blob.values) for blob in layer.blobs]
    result.stage = "optimised"
    warn_about_shapes(result, shapes, log)
    for layer in result.layers:
        if layer.type != "Input" and not runs_on_npu(layer):
            log.line(f"CPU Layer [{layer.type}] !")
    return result


def _hints(layer: Layer, shapes: dict[str, Shape]) -> dict[int, Value]:
    if not all(blob in shapes for blob in (*layer.tops, *layer.bottoms)):
        return {}
    outputs = tuple(extent for top in layer.tops for extent in shapes[top])
    inputs = tuple(extent for bottom in layer.bottoms for extent in shapes[bottom])
    return params_of(layer.type, output_shapes=outputs, input_shapes=inputs)


def _require_input_shapes(graph: Graph) -> None:
    for index, layer in enumerate(graph.layers):
        if layer.type == "Input" and input_dims(layer) == 0:
            reason = f"Input {layer.name!r} does not say its shape: write 0=width 1=height 2=channels"
            raise SpnnFormatError(index, reason, unit="layer")
