"""How fast the board will be: an estimate from multiply-adds and from what its CPU has to touch.

t = a·(multiply-adds on the NPU) + b·(multiply-adds on the CPU) + c·(values that CPU layers write),
fitted to what was measured on the board (the contract with the IDE, § What the boards do):
* ResNet-18, 1,814 M on the NPU, and slim YOLO with ReLU, 1,894 M on the NPU: 16.5 frames/s each,
  which gives a = 0.0327 ms per million;
* slim YOLO with ReLU6: 1.9 frames/s; its 13 Clips write 3.96 M values: c = 117.5 ns a value;
* MobileNetV2: about 1.8 frames/s, 279 M on the NPU, 20.7 M on the CPU. With its 18 Clips (3.80 M
  values) on the CPU too, b = 4.8 ns; had they been ReLU, b would be 26.4 ns. Which of the two was
  measured is not known: the first is the estimate, the second its lower end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mai.spnn import constants as c
from mai.spnn.graph import Graph, Layer
from mai.spnn.npu import runs_on_npu

NPU_MS_PER_MILLION = 0.0327
CPU_MS_PER_MILLION = 4.8
CPU_MS_PER_MILLION_AT_WORST = 26.4
CPU_MS_PER_MILLION_VALUES = 117.5
NO_WORK = ("Input", "Split", "Dropout", "Noop", "MemoryData")
WEIGHTS = {"Convolution": 6, "ConvolutionDepthWise": 6, "InnerProduct": 2}
SPREAD = {"Deconvolution": 6, "DeconvolutionDepthWise": 6}  # every input value meets every weight


@dataclass(frozen=True)
class Work:
    """What one frame costs. `cpu_layers`: (name, type) of what falls to the board's CPU."""

    npu_macs: int
    cpu_macs: int
    cpu_values: int
    cpu_layers: tuple[tuple[str, str], ...]

    def frames_per_second(self, cpu_ms_per_million: float = CPU_MS_PER_MILLION) -> float:
        """Frames a second, camera and program not counted."""
        ms = self.npu_macs * NPU_MS_PER_MILLION + self.cpu_macs * cpu_ms_per_million
        return 1e9 / max(ms + self.cpu_values * CPU_MS_PER_MILLION_VALUES, 1.0)


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
