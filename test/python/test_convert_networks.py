"""Every network of the project, briefly trained, from PyTorch to what the board answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from converted import pictures, train
from mai.convert.evaluation.classification import ClassificationEvaluation
from mai.convert.evaluation.samples import Samples
from mai.convert.evaluation.sets import SampleSets
from mai.convert.export_onnx import export_onnx
from mai.convert.float_network import PNNX_NAMES, check_hints, run_torch
from mai.convert.int8_network import quantised, write_int8
from mai.convert.measure import run_twin, worst_layers
from mai.convert.onnx_to_ncnn import onnx_to_ncnn
from mai.convert.read_ncnn import read_ncnn
from mai.convert.run_ncnn import run_ncnn
from mai.convert.scales import choose_scales
from mai.convert.similarity import cosine, relative_error
from mai.models.registry import build_model
from spnn.passes import optimize
from spnn.run.float import run_float
from torch import nn

pytestmark = pytest.mark.usefixtures("one_thread")

SIDE = 64
# name → kind of project, training steps: those without pretrained weights need some to become calm
NETWORKS = {
    "resnet18": ("IMAGE_CLASSIFICATION", 6),
    "mobilenet-100": ("IMAGE_CLASSIFICATION", 20),
    "mobilenet-75": ("IMAGE_CLASSIFICATION", 20),
    "mobilenet-50": ("IMAGE_CLASSIFICATION", 40),
    "mobilenet-25": ("IMAGE_CLASSIFICATION", 40),
    "mobilenet-10": ("IMAGE_CLASSIFICATION", 60),
    "efficientnet-lite0": ("IMAGE_CLASSIFICATION", 30),
    "efficientnet-lite0-11": ("IMAGE_CLASSIFICATION", 30),
    "efficientnet-lite0-both": ("IMAGE_CLASSIFICATION", 30),
    "slim_yolo_v2": ("OBJECT_DETECTION", 8),
}
# one of each kind of block; the others are the same in other sizes
QUICK = ("resnet18",)


class MeanOfMap(nn.Module):
    """Trains a detector's network as if it knew two kinds: its output's mean over the map."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x).mean((2, 3))


def samples(x: np.ndarray) -> Samples:
    return Samples(tuple(map(str, range(len(x)))), x, (0,) * len(x), tuple(range(len(x))))


def convert(network: nn.Module, x: np.ndarray, folder: Path) -> None:
    """All stages, each compared with the one before; the last one with PyTorch and with the vendor's scales."""
    shape = (1, *x.shape[1:])
    calibration, selection, held_back = x[:8], x[8:16], x[16:]
    expected = run_torch(network, held_back)
    export_onnx(network, shape, folder / "model.onnx")
    param, binary = folder / "model.param", folder / "model.bin"
    onnx_to_ncnn(folder / "model.onnx", param, binary, shape)
    assert relative_error(run_ncnn(param, binary, held_back, PNNX_NAMES), expected) < 1e-3
    graph, _ = read_ncnn(param, binary, shape)
    optimised = optimize(graph)
    check_hints(optimised)
    assert relative_error(run_float(optimised, held_back)["output0"], expected) < 1e-3

    evaluation = ClassificationEvaluation(("a", "b"), samples, lambda name: 0)
    parts = (calibration, selection, held_back, held_back[:0])
    sets = SampleSets(*map(samples, parts), held_back_of=len(held_back))
    choice = choose_scales("auto", optimised, sets, evaluation)
    _, int8 = write_int8(folder, optimised, choice.table)
    board = run_twin(int8, held_back)
    assert cosine(board, expected) > 0.9, (choice.method, worst_layers(optimised, int8, held_back))
    assert expected.ndim > 2 or evaluation.agreement(expected, board) >= 0.75
    vendor = run_twin(quantised(optimised, choice.vendor), held_back)
    assert relative_error(board, expected) <= relative_error(vendor, expected) * 1.02
    types_on_cpu = {layer.type for layer in int8.layers if not layer.on_npu}
    assert types_on_cpu <= {"Input", "ConvolutionDepthWise"}, types_on_cpu


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.soak) for name in NETWORKS]
)
def test_network(name: str, tmp_path: Path) -> None:
    kind, steps = NETWORKS[name]
    torch.manual_seed(0)
    network = build_model(kind, name, 2)
    train(MeanOfMap(network) if kind == "OBJECT_DETECTION" else network, SIDE, steps)
    convert(network.eval(), pictures(24, SIDE)[0].numpy(), tmp_path)


def test_voice_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = build_model("VOICE_CLASSIFICATION", "voice-cnn", 2, frames=SIDE)
    x = pictures(24, SIDE)[0][:, :1, :40].repeat(1, 3, 1, 1)  # 40 bands, grey, as wide as the pictures
    train(nn.Sequential(Grey(), network), SIDE, 20)
    convert(network.eval(), x.numpy(), tmp_path)


class Grey(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1, :40].expand(-1, 3, -1, -1)
