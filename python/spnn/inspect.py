"""Describe a model layer by layer: where it runs, what it costs, how coarse its integers are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spnn.format.arithmetic import CHANNEL_ONE, ratio_of
from spnn.format.blobs import CONVOLUTIONS
from spnn.format.graph import Graph, Layer
from spnn.format.npu import runs_on_npu
from spnn.format.table import Table
from spnn.format.values import get_floats, get_int
from spnn.shapes import Shape, infer_shapes


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One layer.

    `runs_on` is "NPU", "CPU" or "" (an Input). `shape` is that of the first output, None if unknown.
    `multiply_adds` counts weights times positions. `scale` is that of the first output (int8
    models). `rounding` is the largest relative error of the layer's integer multipliers. If the model does
    not say what they stand for (`rounding_exact` is False), it is the bound of half a unit.
    """

    name: str
    type: str
    runs_on: str
    shape: Shape | None
    multiply_adds: int
    weight_bytes: int
    scale: float | None
    rounding: float | None
    rounding_exact: bool = True


def inspect(graph: Graph, table: Table | None = None) -> list[LayerFacts]:
    """Facts of every layer of a float, optimised or int8 model.

    `table`: the calibration table of an int8 model; with it the rounding of convolutions is
    exact. Raises SpnnFormatError where an Input has an impossible shape.
    """
    shapes = infer_shapes(graph)
    scales: dict[str, float] = {}
    if graph.stage == "int8":
        for layer in graph.layers:
            scales.update(zip(layer.tops, get_floats(layer, "scales"), strict=False))
    return [_facts(graph, layer, shapes, scales, table) for layer in graph.layers]


def _facts(
    graph: Graph, layer: Layer, shapes: dict[str, Shape], scales: dict[str, float], table: Table | None
) -> LayerFacts:
    top = layer.tops[0] if layer.tops else ""
    is_int8 = graph.stage == "int8"
    multiplied = is_int8 and layer.on_npu and get_int(layer, "quantised") and layer.bottoms and layer.tops
    rounding, exact = _rounding(layer, scales, table) if multiplied else (None, True)
    on_npu = layer.on_npu if is_int8 else runs_on_npu(layer)
    runs_on = "" if layer.type == "Input" else "NPU" if on_npu else "CPU"
    return LayerFacts(
        name=layer.name,
        type=layer.type,
        runs_on=runs_on,
        shape=shapes.get(top),
        multiply_adds=multiply_adds(layer, shapes),
        weight_bytes=sum(blob.data.nbytes for blob in layer.blobs),
        scale=scales.get(top),
        rounding=rounding,
        rounding_exact=exact,
    )


def multiply_adds(layer: Layer, shapes: dict[str, Shape]) -> int:
    """Multiplications with weights, one input; 0 for layers without weights or with unknown shapes."""
    if layer.type not in (*CONVOLUTIONS, "InnerProduct") or not layer.blobs:
        return 0
    weights = layer.blobs[0].data.size
    if layer.type == "InnerProduct":
        return weights
    side = layer.bottoms[0] if layer.type.startswith("Deconvolution") else layer.tops[0]
    shape = shapes.get(side)
    return 0 if shape is None else weights if shape.dims == 1 else weights * shape.w * shape.h


def _rounding(layer: Layer, scales: dict[str, float], table: Table | None) -> tuple[float, bool]:
    """The worst relative error of the layer's multipliers, and whether that is exact or a bound."""
    weighted = layer.type in ("Convolution", "InnerProduct")
    mult, shift = get_int(layer, "output_mult"), get_int(layer, "output_shift")
    if layer.type == "Eltwise":  # its coefficients are part of the multipliers and no longer known
        return max(_half_unit(mult), _half_unit(get_int(layer, "operand_mult"))), False
    source, target = scales.get(layer.bottoms[0], 0.0), scales.get(layer.tops[0], 0.0)
    if not weighted:
        return _deviation(mult, shift, target, source), True
    multipliers = layer.blobs[-1].data.astype(np.float64)
    row = table.weight_scales.get(layer.name) if table else None
    if row is None or len(row) < len(multipliers):
        return max(_half_unit(mult), *map(_half_unit, multipliers.tolist()), 0.0), False
    with np.errstate(all="ignore"):
        smallest = float(row.min())
        channels = np.abs(multipliers * row[: len(multipliers)] / (CHANNEL_ONE * smallest) - 1)
    worst = float(np.nan_to_num(channels, nan=1.0).max(initial=0.0))
    return max(_deviation(mult, shift, target, source * smallest), worst), True


def _half_unit(mult: float) -> float:
    return 0.5 / abs(mult) if mult else 1.0


def _deviation(mult: int, shift: int, target: float, source: float) -> float:
    """|mult / 2^shift : target / source - 1|; 1 where a scale is 0 or not finite."""
    if not (source and target and math.isfinite(source) and math.isfinite(target)) or abs(shift) > 64:
        return 1.0
    return abs(ratio_of(mult, shift) * source / target - 1)
