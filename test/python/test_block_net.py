"""Block programs: what the IDE writes becomes a network, everything else an error with its line."""

from __future__ import annotations

import pytest
import torch
from mai.errors import MaiError
from mai.models.block_net import build_block_net
from mai.models.block_parse import parse_layers
from torch import nn

FROM_THE_IDE = """torch.nn.LazyConv2d(16, 3, 1, padding=0, bias=True)
torch.nn.ReLU()
torch.nn.MaxPool2d(kernel_size=2, stride=2, padding=0)
torch.nn.Flatten(start_dim=1)
torch.nn.LazyLinear(out_features = 50, bias=True)
torch.nn.ReLU()
"""
BY_HAND = """import torch.nn as nn
self.conv1 = nn.Conv2d(in_channels=3, out_channels=16, kernel_size=(3,3))  # first
layers = [
    nn.BatchNorm2d(16), nn.LeakyReLU(0.1),
    nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(16, 8, 3, padding='same')),
]
nn.PReLU(),
nn.Dropout2d(p=.2)
"""
SHAPE = (3, 40, 48)


def kinds(net: nn.Module) -> list[str]:
    return [type(layer).__name__ for layer in net.layers]


def refusal(code: str, shape: tuple[int, int, int] = SHAPE) -> MaiError:
    with pytest.raises(MaiError) as caught:
        build_block_net(code, shape, 3)
    return caught.value


def test_what_the_ide_writes_is_built_with_an_output_layer():
    net = build_block_net(FROM_THE_IDE, SHAPE, 3)
    assert kinds(net) == ["Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear", "ReLU", "Linear"]
    assert net.layers[0].in_channels == 3 and net.layers[4].in_features == 16 * 19 * 23
    out = net(torch.randn(2, *SHAPE))
    assert out.shape == (2, 3)
    out.sum().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_lists_sequentials_assignments_and_imports_mean_the_same():
    net = build_block_net(BY_HAND, (3, 224, 224), 4)
    assert kinds(net) == [
        "Conv2d",
        "BatchNorm2d",
        "LeakyReLU",
        "MaxPool2d",
        "Conv2d",
        "PReLU",
        "Dropout2d",
        "AdaptiveAvgPool2d",
        "Flatten",
        "Linear",
    ]
    assert net(torch.randn(1, 3, 64, 64)).shape == (1, 4)


def test_a_missing_global_pooling_is_the_boards_where_asked():
    net = build_block_net("nn.Conv2d(3, 8, 3)", SHAPE, 3, pooling="max")
    assert kinds(net) == ["Conv2d", "AdaptiveMaxPool2d", "Flatten", "Linear"]
    assert net(torch.randn(1, 3, 40, 47)).shape == (1, 3)


def test_the_output_layer_is_not_added_twice_and_a_last_softmax_is_left_out():
    assert kinds(build_block_net("nn.Flatten()\nnn.LazyLinear(3)\nnn.Softmax()", SHAPE, 3)) == ["Flatten", "Linear"]
    assert kinds(build_block_net("nn.Flatten()\nnn.LazyLinear(3)\nnn.ReLU()", SHAPE, 3))[-1] == "Linear"


@pytest.mark.parametrize("activation", ["ReLU", "Sigmoid", "Tanh", "Softmax", "LeakyReLU", "ELU", "PReLU"])
def test_every_activation_of_the_ide(activation):
    net = build_block_net(f"torch.nn.LazyConv2d(4, 3, 2, padding=1, bias=False)\ntorch.nn.{activation}()\n", SHAPE, 2)
    assert net(torch.randn(2, *SHAPE)).shape == (2, 2)


@pytest.mark.parametrize(
    ("code", "line", "error"),
    [
        ("nn.ReLU()\nnn.Conv2d(3, 16", 2, "block_unreadable"),
        ("nn.ReLU()\n\nnn.Softmax2d()", 3, "block_layer_unknown"),
        ("nn.Conv2d(3, 16)", 1, "block_argument_missing"),
        ("nn.Conv2d(3, 16, 3, colour=2)", 1, "block_argument_unknown"),
        ("nn.Conv2d(3, 16, 3, in_channels=3)", 1, "block_argument_unknown"),
        ("nn.ReLU(True, False, 1)", 1, "block_argument_unknown"),
        ("nn.ReLU()\nnn.Conv2d(1, 16, 3)", 2, "block_inputs_wrong"),
        ("nn.Flatten()\nnn.Linear(100, 5)", 2, "block_inputs_wrong"),
        ("nn.Flatten()\nnn.LazyConv2d(3, 3)", 2, "block_needs_picture"),
        ("nn.Conv2d(3, 4, 31)\nnn.LazyConv2d(3, 31)", 2, "block_misfit"),
        ("nn.MaxPool2d(31)\nnn.MaxPool2d(31)", 2, "block_misfit"),
        ("nn.Conv2d(3, 4, 3, groups=2)", 1, "block_misfit"),
        ("nn.Conv2d(3, 0, 3)", 1, "block_argument_wrong"),
        ("nn.Conv2d(3, 16, -3)", 1, "block_argument_wrong"),
        ("nn.Conv2d(3, 16, 3.0)", 1, "block_argument_wrong"),
        ("nn.Conv2d(3, 16, True)", 1, "block_argument_wrong"),
        ("nn.Conv2d(3, 16, '3')", 1, "block_argument_wrong"),
        ("nn.AdaptiveAvgPool2d(7)", 1, "block_argument_wrong"),
        ("nn.Dropout(1.5)", 1, "block_argument_wrong"),
        ("nn.Dropout(1e999)", 1, "block_argument_wrong"),
    ],
)
def test_a_mistake_names_its_line(code, line, error):
    caught = refusal(code)
    assert (caught.code, caught.params["line"]) == (error, line)
    assert caught.msg.startswith(f"Line {line} of the network built from blocks")


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').system('touch pwned')",
        "torch.nn.Conv2d.__class__.__mro__[1].__subclasses__()",
        "torch.load('model.pth')",
        "nn.modules.module.sys.exit()",
        "().__class__.__base__.__subclasses__()",
        "nn.LazyLinear(10).__init__.__globals__['os'].system('x')",
        "nn.ReLU()()",
        "[nn.ReLU() for _ in range(9)]",
        "(lambda: nn.ReLU())()",
        "nn.Conv2d(3, 10**9, 3)",
        "nn.Conv2d(3, open('/etc/passwd').read(), 3)",
        "nn.Conv2d(3, 16, 3, padding=f'{exit()}')",
        "nn.ReLU(*[1])",
        "nn.ReLU(**{'inplace': True})",
        "nn.Conv2d(3, 16, 3j)",
        "nn.Conv2d(3, 16, (3, (3, 3)))",
        "nn.Conv2d(3, 16, b'3')",
        "exec('1')",
        "def f():\n    pass",
        "class A: pass",
        "from os import system",
        "import torch, os",
        "with open('x') as f: nn.ReLU()",
        "while True: pass",
        "x: int = nn.ReLU()",
        "del torch",
        "(y := nn.ReLU())",
        "nn.ReLU() if 1 else nn.Tanh()",
        "nn.ReLU() + nn.ReLU()",
        "await nn.ReLU()",
        "'nn.ReLU()'",
        "nn",
        "\0",
        "\ud800",
        "nn.ReLU()\n  nn.ReLU()",
    ],
)
def test_nothing_but_layers_is_accepted_and_nothing_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal(code).code.startswith("block_")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "code",
    [
        "x" * 1_000_000,
        "(" * 300,
        "nn.ReLU(" + "[" * 300,
        "-" * 450 + "1",
        "\n".join(["-\\"] * 6000),
        "\n".join(["a\\\n."] * 4000),
        "nn.ReLU()\n" * 65,
        "nn.Conv2d(3, " + "9" * 480 + ", 3)",
        "nn.Conv2d(3, 4096, 31)\n" * 2,
        "nn.LazyConv2d(4096, 1)",
        "nn.LazyConv2d(512, 1)\nnn.LazyConv2d(512, 31, padding=15)\n",
        "nn.Flatten()\n" + "nn.LazyLinear(4096)\n" * 3,
        "",
        "\n# nothing\n",
    ],
)
def test_too_much_is_refused_at_once(code):
    assert refusal(code, (3, 224, 224)).code.startswith("block_")


def test_lines_and_values_are_read_as_written():
    (conv,) = parse_layers("\n# filters\nx = torch.nn.Conv2d(3, 16, (3, 5), padding='same', bias=False)")
    assert (conv.line, conv.name, conv.args) == (3, "Conv2d", (3, 16, (3, 5)))
    assert conv.kwargs == {"padding": "same", "bias": False}
