"""The work of a converted network, layer by layer; what it means in frames a second: mai.models.board_speed."""

from __future__ import annotations

import math

from spnn.format import constants as c
from spnn.format.graph import Graph, Layer
from spnn.format.npu import runs_on_npu

from mai.models.board_speed import Work

NO_WORK = ("Input", "Split", "Dropout", "Noop", "MemoryData")
WEIGHTS = {"Convolution": 6, "ConvolutionDepthWise": 6, "InnerProduct": 2}
SPREAD = {"Deconvolution": 6, "DeconvolutionDepthWise": 6}  # every input value meets every weight


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
        values += 0 if macs else _elements(layer, c.OUTPUT_SHAPES)
    return Work(npu, cpu, values, tuple(on_cpu))


def multiply_adds(layer: Layer) -> int:
    """Multiply-adds of one picture through one layer of an optimised network; 0 for what has no weights to multiply."""
    if layer.type == "InnerProduct":
        return layer.int(WEIGHTS["InnerProduct"])
    if layer.type in WEIGHTS:
        return layer.int(WEIGHTS[layer.type]) * _pixels(layer, c.OUTPUT_SHAPES)
    if layer.type in SPREAD:
        return layer.int(SPREAD[layer.type]) * _pixels(layer, c.INPUT_SHAPES)
    return 0


def _pixels(layer: Layer, hints: int) -> int:
    """Width times height of the first blob; a hint is dims, w, h, c."""
    return math.prod(layer.ints(hints)[1:3])


def _elements(layer: Layer, hints: int) -> int:
    shapes = layer.ints(hints)
    return sum(math.prod(shapes[start + 1 : start + 4]) for start in range(0, len(shapes), 4))
