"""What pnnx writes for real layers, before (run by ncnn) and after the rewrites (run by our own float run)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from float_nets import Wired, conv, lively, through_pnnx
from mai.convert.export_onnx import export_onnx
from mai.convert.float_network import check_hints
from mai.convert.similarity import relative_error
from mai.errors import MaiError
from spnn.format.values import get_int
from spnn.passes import optimize
from spnn.run.float import run_float
from torch import nn

Seq = nn.Sequential

# network → layer types that must be there afterwards, and types that must not
KEPT = {
    "relu": (Seq(conv(), nn.ReLU()), {"ReLU"}, set()),
    "leaky relu": (Seq(conv(), nn.LeakyReLU(0.1)), {"ReLU"}, set()),
    "relu6": (Seq(conv(), nn.ReLU6()), {"Clip"}, set()),
    "sigmoid": (Seq(conv(), nn.Sigmoid()), {"Sigmoid"}, set()),
    "fused into a linear layer": (Seq(conv(), nn.Flatten(), nn.Linear(2048, 9), nn.ReLU(), nn.Linear(9, 4)),
                                  {"InnerProduct", "ReLU"}, set()),
    "depthwise keeps its clip": (Seq(conv(), nn.ReLU(), conv(8, 8, groups=8), nn.BatchNorm2d(8), nn.ReLU6()),
                                 {"ConvolutionDepthWise"}, {"Clip"}),
    "hard swish": (Seq(conv(), nn.Hardswish()), {"Power", "Clip", "BinaryOp"}, {"HardSwish"}),
    "hard sigmoid": (Seq(conv(), nn.Hardsigmoid()), {"Power", "Clip"}, {"HardSigmoid"}),
    "mean over height and width": (Wired(lambda m, x: m[1](m[0](x).mean((2, 3))), conv(), nn.Linear(8, 4)),
                                   {"Pooling", "InnerProduct"}, {"Reduction"}),
    "kept mean and 1x1": (Wired(lambda m, x: m[1](m[0](x).mean((2, 3), keepdim=True)), conv(), conv(8, 4, 1)),
                          {"Pooling", "InnerProduct"}, {"Reduction"}),
    "global max pooling and 1x1": (Seq(conv(), nn.AdaptiveMaxPool2d(1), conv(8, 6, 1), nn.ReLU(), nn.Flatten(),
                                       nn.Linear(6, 4)), {"InnerProduct"}, {"Flatten", "Reshape"}),
    "scalar sum folds": (Wired(lambda m, x: m[0](x) + 3.0, conv()), {"Convolution"}, {"BinaryOp", "Power"}),
    "scalar product folds": (Wired(lambda m, x: 0.5 * m[0](x), conv()), {"Convolution"}, {"BinaryOp", "Power"}),
    "scalar minus network": (Wired(lambda m, x: 1 - F.relu(m[0](x)), conv()), {"Power"}, {"BinaryOp"}),
    "number over network": (Wired(lambda m, x: 2 / (F.relu(m[0](x)) + 1), conv()), {"Power"}, {"BinaryOp"}),
    "constant per channel folds": (Wired(lambda m, x: m[0](x) + torch.arange(8.0).view(1, 8, 1, 1), conv()),
                                   {"Convolution"}, {"BinaryOp", "MemoryData"}),
    "constant behind a relu": (Wired(lambda m, x: F.relu(m[0](x)) * torch.arange(8.0).view(1, 8, 1, 1), conv()),
                               {"Scale"}, {"BinaryOp", "MemoryData"}),
    "padded average pooling": (Seq(conv(), nn.AvgPool2d(3, 2, 1)), {"Padding", "Pooling"}, set()),
    "padding not counted": (Seq(conv(), nn.AvgPool2d(3, 2, 1, count_include_pad=False)), {"Pooling"}, {"Padding"}),
    "ceil mode that changes nothing": (Seq(conv(padding=1), nn.MaxPool2d(2, 2, 1, ceil_mode=True)), {"Pooling"}, set()),
    "flatten first": (Seq(nn.Flatten(), nn.Linear(768, 4)), {"InnerProduct"}, set()),
    "residual sum": (Wired(lambda m, x: F.relu(m[0](x) + m[1](x)), conv(), conv()), {"BinaryOp"}, set()),
    "zero padding": (Seq(nn.ZeroPad2d((1, 2, 1, 2)), conv()), {"Convolution"}, set()),
    "batch norm first": (Seq(nn.BatchNorm2d(3), conv()), {"BatchNorm"}, set()),
    "parametric relu": (Seq(conv(), nn.PReLU(8)), {"PReLU"}, set()),
    "nested concat": (Wired(lambda m, x: torch.cat([torch.cat([m[0](x), m[1](x)], 1), m[2](x)], 1),
                            conv(), conv(), conv()), {"Concat"}, set()),
    "on the CPU": (Seq(conv(), nn.Upsample(scale_factor=2), nn.PixelShuffle(2), nn.Softmax(1)),
                   {"Interp", "PixelShuffle", "Softmax"}, set()),
}  # fmt: skip

REFUSED = {
    "swish": (Seq(conv(), nn.SiLU()), "Swish"),
    "mish": (Seq(conv(), nn.Mish()), "Mish"),
    "gelu": (Seq(conv(), nn.GELU()), "GELU"),
    "group norm": (Seq(conv(), nn.GroupNorm(2, 8)), "GroupNorm"),
    "reduce max": (Wired(lambda m, x: torch.amax(m[0](x), (2, 3)), conv()), "ReduceMax"),
    "max pooling with padding and ceil": (Seq(conv(), nn.MaxPool2d(3, 2, 1, ceil_mode=True)), "ceil_mode"),
    "squeeze and excite": (Wired(lambda m, x: x * torch.sigmoid(m[0](x.mean((2, 3), keepdim=True))), conv(3, 3, 1)),
                           "different sizes"),
    "one-dimensional convolution": (Wired(lambda m, x: m[1](m[0](x).flatten(2)), conv(), nn.Conv1d(8, 8, 3)),
                                    "Convolution1D"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_the_rewritten_network_computes_the_same(name: str, tmp_path: Path) -> None:
    network, present, absent = KEPT[name]
    translated = through_pnnx(lively(network), tmp_path)
    inputs, expected = translated.inputs, translated.expected
    assert relative_error(translated.in_ncnn(), expected) < 1e-5
    graph, _ = translated.rewritten()
    assert relative_error(run_float(graph, inputs)["output0"], expected) < 1e-5
    types = {layer.type for layer in graph.layers}
    assert present <= types and not absent & types, types
    on_npu = [layer for layer in graph.layers if layer.type in ("Convolution", "InnerProduct")]
    assert not any(get_int(layer, "activation_type") for layer in on_npu)
    # … and so does what optimize makes of it, with hints of the sizes that are really there
    optimised = optimize(graph)
    check_hints(optimised)
    assert relative_error(run_float(optimised, inputs)["output0"], expected) < 1e-4


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_format_cannot_say_is_refused_by_name(name: str, tmp_path: Path) -> None:
    network, word = REFUSED[name]
    translated = through_pnnx(lively(network), tmp_path)
    with pytest.raises(MaiError) as caught:
        translated.rewritten()
    assert caught.value.code == "layer_unsupported"
    assert word in caught.value.msg and caught.value.params["layer"] in caught.value.msg


def test_an_operation_that_onnx_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MaiError) as caught:
        export_onnx(Seq(conv(), nn.AdaptiveAvgPool2d(7)), (1, 3, 16, 16), tmp_path / "m.onnx")
    assert caught.value.code == "export_unsupported"
