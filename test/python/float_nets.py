"""Small networks through the real exporter and pnnx, for the tests of conversion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mai.convert.export_onnx import export_onnx
from mai.convert.onnx_to_ncnn import onnx_to_ncnn
from mai.convert.read_ncnn import read_ncnn
from mai.convert.run_ncnn import run_ncnn
from spnn.format.graph import Graph
from torch import nn

SHAPE = (1, 3, 16, 16)


class Wired(nn.Module):
    """`function(modules, x)` as a network."""

    def __init__(self, function: Callable, *modules: nn.Module) -> None:
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(modules)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self.parts, x)


def conv(inputs: int = 3, outputs: int = 8, kernel: int = 3, **more) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, padding=more.pop("padding", kernel // 2), **more)


def lively(network: nn.Module, seed: int = 0) -> nn.Module:
    """Evaluation mode, with batch norm statistics that are not the identity."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator))
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
            module.weight.data.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
    return network.eval()


@dataclass
class Translated:
    """A network as pnnx left it."""

    folder: Path
    shape: Sequence[int]
    inputs: np.ndarray
    expected: np.ndarray

    def in_ncnn(self) -> np.ndarray:
        return run_ncnn(self.folder / "m.param", self.folder / "m.bin", self.inputs, ("in0", "out0"))

    def rewritten(self) -> tuple[Graph, list[str]]:
        return read_ncnn(self.folder / "m.param", self.folder / "m.bin", self.shape)


def through_pnnx(network: nn.Module, folder: Path, shape: Sequence[int] = SHAPE) -> Translated:
    """Two random pictures through the network, and the network through the exporter and pnnx."""
    torch.manual_seed(1)
    inputs = torch.randn(2, *shape[1:])
    with torch.inference_mode():
        expected = network(inputs).numpy()
    export_onnx(network, shape, folder / "m.onnx")
    onnx_to_ncnn(folder / "m.onnx", folder / "m.param", folder / "m.bin", shape)
    return Translated(folder, shape, inputs.numpy(), expected)
