"""Estimate the board's speed from multiply-adds and from the values that its CPU has to write.

t = a·(multiply-adds on the NPU) + b·(multiply-adds on the CPU) + c·(values that CPU layers write),
fitted to what was measured on the board (docs/ide-contract.md § What the boards do):
* ResNet-18, 1,814 M on the NPU, and slim YOLO with ReLU, 1,894 M on the NPU: 16.5 frames/s each,
  which gives a = 0.0327 ms per million;
* slim YOLO with ReLU6: 1.9 frames/s; its 13 Clips write 3.96 M values: c = 117.5 ns a value;
* MobileNetV2: about 1.8 frames/s, 279 M on the NPU, 20.7 M on the CPU. With its 18 Clips (3.80 M
  values) on the CPU too, b = 4.8 ns; had they been ReLU, b would be 26.4 ns. Which of the two was
  measured is not known: the first is the upper end, the second the lower.

No smaller network was measured. Two networks of different size run at the same 16.5 frames/s, so camera
and program may set that limit: less work may not give more frames, and the lower end stays at 16.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

NPU_MS_PER_MILLION = 0.0327
CPU_MS_PER_MILLION = 4.8
CPU_MS_PER_MILLION_AT_WORST = 26.4
CPU_MS_PER_MILLION_VALUES = 117.5
MOST_FRAMES = 30.0  # frames a second; camera and program give no more, however small the network
FASTEST_MEASURED = 16.5  # frames a second
FIT_ERROR = 0.04  # the fit is within this share of every measured point


@dataclass(frozen=True)
class Work:
    """The work for one frame. `cpu_layers`: (name, type) of the layers that run on the board's CPU."""

    npu_macs: int
    cpu_macs: int
    cpu_values: int
    cpu_layers: tuple[tuple[str, str], ...] = ()

    def frames_per_second(self, cpu_ms_per_million: float = CPU_MS_PER_MILLION) -> float:
        """Frames a second of the network alone, camera and program not counted."""
        ns = self.npu_macs * NPU_MS_PER_MILLION + self._cpu_ns(cpu_ms_per_million)
        return 1e9 / max(ns, 1.0)

    def frame_range(self) -> tuple[float, float]:
        """Fewest and most frames a second to expect, camera and program counted; the first is always less."""
        npu_ns = max(self.npu_macs * NPU_MS_PER_MILLION, 1e9 / FASTEST_MEASURED)
        fewest = 1e9 / (npu_ns + self._cpu_ns(CPU_MS_PER_MILLION_AT_WORST))
        return fewest / (1 + FIT_ERROR), min(self.frames_per_second() * (1 + FIT_ERROR), MOST_FRAMES)

    def _cpu_ns(self, cpu_ms_per_million: float) -> float:
        return self.cpu_macs * cpu_ms_per_million + self.cpu_values * CPU_MS_PER_MILLION_VALUES


def times_fewer(asked: Work, used: Work) -> tuple[float, float]:
    """How many times fewer frames a second `used` gives than `asked`, as (least, most); 1 is as many.

    Upper ends are compared with upper ends and lower with lower, because what is unknown about the board is the
    same for both networks.
    """
    ratios = sorted(first / second for first, second in zip(asked.frame_range(), used.frame_range(), strict=True))
    return ratios[0], ratios[1]


@torch.inference_mode()
def work_of_module(module: nn.Module, shape: tuple[int, ...]) -> Work:
    """Count a network's multiply-adds for one input of `shape` (n = 1). `module` is on the meta device: nothing runs.

    Activations count nothing: the conversion folds them into the layer before.
    """
    npu = cpu = 0

    def count(layer: nn.Conv2d | nn.Linear, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal npu, cpu
        if isinstance(layer, nn.Linear):
            npu += layer.weight.numel()
            return
        macs = layer.weight.numel() * math.prod(output.shape[2:])
        if layer.groups == 1:
            npu += macs
        else:
            cpu += macs

    hooks = [each.register_forward_hook(count) for each in module.modules() if isinstance(each, (nn.Conv2d, nn.Linear))]
    module.eval()(torch.zeros(shape, device="meta"))
    for hook in hooks:
        hook.remove()
    return Work(npu, cpu, 0)
