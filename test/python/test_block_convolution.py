"""Convolutions whose gradient oneDNN gets wrong: pupils train them on every processor, and the export shows them plain.

What oneDNN gets wrong may kill the process, so it runs in children.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import onnx
import photo_project
from mai.convert.export_onnx import export_onnx
from mai.models.block_net import BlockNet, build_block_net
from torch import nn

PYTHON = Path(__file__).resolve().parents[2] / "python"
CODE = "torch.nn.LazyConv2d(8, 1, 2)\ntorch.nn.ReLU()\ntorch.nn.LazyConv2d(4, 3, (1, 2), dilation=2)\ntorch.nn.ReLU()"
# arguments of LazyConv2d, and the shape of what it is given
LAYERS = [
    ("16, 1, 2", (32, 3, 224, 224)),
    ("16, 1, 2, bias=False", (32, 12, 224, 224)),
    ("16, 1, (1, 2)", (8, 1, 113, 112)),
    ("8, 1, 2, padding=(1, 2)", (8, 3, 113, 112)),
    ("2, 3, padding=1, dilation=3, groups=2", (8, 2, 113, 112)),
    ("1, 7, dilation=2", (8, 31, 64, 48)),
    ("64, 1, dilation=2, groups=2", (8, 8, 113, 112)),
    ("24, 3, 3, padding=1", (8, 48, 7, 1)),
    ("32, 5, (1, 3), padding=2", (8, 4, 7, 2)),
    ("32, 3, 2, padding=(3, 2)", (8, 4, 7, 1)),
    ("2, (3, 1), 3, padding=2, dilation=3, groups=2", (1, 32, 40, 1)),
    ("32, (3, 1), 3, padding=2, dilation=2", (4, 4, 3, 1)),
    ("96, 2, 4, padding=1, groups=3", (4, 48, 4, 2)),
    ("8, 2, 4, padding=(0, 1)", (32, 20, 40, 1)),
]
LARGEST_ERRORS = """
import json, sys, torch
from mai.models.block_net import build_block_net

torch.manual_seed(0)
errors = {"torch.float32": [], "torch.bfloat16": []}
for code, shape in json.loads(sys.argv[1]):
    network = build_block_net(f"nn.LazyConv2d({code})", tuple(shape[1:]), 2)
    layer = network.layers[0].to(memory_format=torch.channels_last)
    x = torch.randn(shape).bfloat16().float().contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        slope = torch.randn_like(layer(x)).bfloat16().float()
    weight = layer.weight.detach().double().requires_grad_()
    arguments = layer.stride, layer.padding, layer.dilation, layer.groups
    torch.nn.functional.conv2d(x.double(), weight, None, *arguments).backward(slope.double())
    for dtype in errors:
        layer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "torch.bfloat16"):
            y = layer(x)
        y.backward(slope.to(y.dtype))
        largest = weight.grad.abs().max().clamp(min=1e-6)  # 0 where only padding is looked at
        errors[dtype].append(float((layer.weight.grad - weight.grad).abs().max() / largest))
print(json.dumps(errors))
"""


def run(*command: object) -> list[str]:
    """The lines that a child writes; it is to end by itself."""
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=PYTHON, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout.splitlines()


def test_gradients_are_those_of_float64() -> None:
    errors = json.loads(run("-c", LARGEST_ERRORS, json.dumps(LAYERS))[-1])
    # by the number format: rounding alone. NaN is above every limit.
    assert all(error < 1e-4 for error in errors["torch.float32"]), errors
    assert all(error < 0.02 for error in errors["torch.bfloat16"]), errors


def test_a_training_ends(tmp_path: Path) -> None:
    """With torch's own layer it ends by a signal, on processors with AVX-512."""
    photo_project.make_project(tmp_path / "project", epochs=1, code="torch.nn.LazyConv2d(8, 1, 2)\ntorch.nn.ReLU()")
    arguments = "--project", tmp_path / "project", "--device", "cpu", "--threads", "1"
    lines = run("train_image_classification.py", *arguments)
    assert json.loads(lines[-1])["event"] == "train_end"
    assert (tmp_path / "project/output/model.pth").exists()


def test_its_export_is_that_of_torchs_own_layer(tmp_path: Path) -> None:
    network = build_block_net(CODE, (3, 40, 48), 2)
    plain = BlockNet([torch_own(layer) for layer in network.layers])
    plain.load_state_dict(network.state_dict())
    files = [tmp_path / "blocks.onnx", tmp_path / "torch.onnx"]
    for each, path in zip((network, plain), files, strict=True):
        export_onnx(each, (1, 3, 40, 48), path)
    assert files[0].read_bytes() == files[1].read_bytes()
    convolutions = [node for node in onnx.load(files[0]).graph.node if node.op_type == "Conv"]
    strides = [list(each.ints) for node in convolutions for each in node.attribute if each.name == "strides"]
    assert strides == [[2, 2], [1, 2]]


def torch_own(layer: nn.Module) -> nn.Module:
    if not isinstance(layer, nn.Conv2d):
        return layer
    return nn.Conv2d(layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, dilation=layer.dilation)
