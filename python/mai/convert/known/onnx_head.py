"""Take the head out of an ONNX file, and put another one in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from mai.convert.export_onnx import OUTPUT_NAME
from mai.convert.known.backbone import Head, HeadLayer


@dataclass(frozen=True)
class Place:
    """`name`: an initializer that holds `kind` of layer `layer` of the head."""

    name: str
    layer: int
    kind: str  # one of KINDS


KINDS = ("weight", "transposed", "bias")


def take_out(content: bytes, head: Head) -> tuple[bytes, list[Place]] | None:
    """The file without the numbers of its head, and where they were; None if they are not found exactly once."""
    model = onnx.load_from_string(content)
    places: list[Place] = []
    for index, layer in enumerate(head):
        for kinds in (("weight", "transposed"), ("bias",)):
            if kinds == ("bias",) and layer.bias is None:
                continue
            found = [
                Place(tensor.name, index, kind)
                for tensor in model.graph.initializer
                for kind in kinds
                if _holds(tensor, _values(layer, kind))
            ]
            if len(found) != 1:
                return None
            places += found
    _fill(model, places, None)
    return model.SerializeToString(), places


def put_in(content: bytes, places: Sequence[Place], head: Head) -> onnx.ModelProto:
    """The inverse of take_out, for any number of labels."""
    model = onnx.load_from_string(content)
    _fill(model, places, head)
    return model


def run_head(model: onnx.ModelProto, places: Sequence[Place], parts: Sequence[NDArray[np.float32]]) -> NDArray[Any]:
    """Output of the head alone, computed by ONNX's own evaluator; `parts` are its features, each float32 (n, width)."""
    weights = {place.name: place for place in places}
    constants = {tensor.name for tensor in model.graph.initializer}
    made: set[str] = set()
    nodes, feeds = [], {}
    for node in model.graph.node:
        own = [weights[name] for name in node.input if name in weights]
        if not own and made.isdisjoint(node.input):
            continue
        nodes.append(node)
        made.update(node.output)
        for name in node.input:
            if own and name not in constants:
                feeds[name] = parts[own[0].layer]
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes, "head",
        [value(name, onnx.TensorProto.FLOAT, part.shape) for name, part in feeds.items()],
        [value(OUTPUT_NAME, onnx.TensorProto.FLOAT, None)],
        [tensor for tensor in model.graph.initializer if tensor.name in weights],
    )  # fmt: skip
    small = onnx.helper.make_model(graph, opset_imports=model.opset_import)
    outputs = cast(list[Any], ReferenceEvaluator(small).run(None, feeds))
    return np.asarray(outputs[0])


def _values(layer: HeadLayer, kind: str) -> NDArray[np.float32]:
    if kind == "bias":
        return np.zeros(0, np.float32) if layer.bias is None else layer.bias
    return np.ascontiguousarray(layer.weight.T) if kind == "transposed" else layer.weight


def _holds(tensor: onnx.TensorProto, values: NDArray[np.float32]) -> bool:
    same_kind = tensor.data_type == onnx.TensorProto.FLOAT and tuple(tensor.dims) == values.shape
    return same_kind and tensor.raw_data == values.tobytes()


def _fill(model: onnx.ModelProto, places: Sequence[Place], head: Head | None) -> None:
    """Set the numbers of all places and the width of the output; without a `head` they are left empty."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for place in places:
        values = np.zeros(0, np.float32) if head is None else _values(head[place.layer], place.kind)
        tensor = tensors[place.name]
        del tensor.dims[:]
        tensor.dims.extend(values.shape)
        tensor.raw_data = values.tobytes()
    (output,) = model.graph.output
    output.type.tensor_type.shape.dim[1].dim_value = 0 if head is None else head[0].labels
