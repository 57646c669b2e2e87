"""Count the work of a converted network, layer by layer; mai.models.board_speed turns it into frames a second."""

from __future__ import annotations

import math

from spnn.format.graph import Graph, Layer
from spnn.format.npu import runs_on_npu
from spnn.format.values import get_int, get_ints

from mai.models.board_speed import Work

NO_WORK = ("Input", "Split", "Dropout", "Noop", "MemoryData")
GATHER = ("Convolution", "ConvolutionDepthWise")  # every output value takes every weight
SPREAD = ("Deconvolution", "DeconvolutionDepthWise")  # every input value meets every weight


def work_of(optimised: Graph) -> Work:
    """Count the work of an optimised network (with its shape hints)."""
    npu = cpu = values = 0
    on_cpu = []
    for layer in optimised.layers:
        if layer.type in NO_WORK:
            continue
        macs = multiply_adds(layer)
        if runs_on_npu(layer):
            npu += macs
            continue
        on_cpu.append((layer.name, layer.type))
        cpu += macs
        # A convolution's writing is part of what its multiply-adds were measured to cost.
        values += 0 if macs else _elements(layer, "output_shapes")
    return Work(npu, cpu, values, tuple(on_cpu))


def multiply_adds(layer: Layer) -> int:
    """Multiply-adds of one picture through one layer of an optimised network; 0 for what has no weights to multiply."""
    if layer.type == "InnerProduct":
        return get_int(layer, "weight_data_size")
    if layer.type in GATHER:
        return get_int(layer, "weight_data_size") * _pixels(layer, "output_shapes")
    if layer.type in SPREAD:
        return get_int(layer, "weight_data_size") * _pixels(layer, "input_shapes")
    return 0


def _pixels(layer: Layer, hints: str) -> int:
    """Width times height of the first blob; a hint is dims, w, h, c."""
    return math.prod(get_ints(layer, hints)[1:3])


def _elements(layer: Layer, hints: str) -> int:
    shapes = get_ints(layer, hints)
    return sum(math.prod(shapes[start + 1 : start + 4]) for start in range(0, len(shapes), 4))
