"""A small residual network with every kind of NPU layer and two of the CPU, random or trained."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from spnn.format.graph import Graph, Layer
from spnn.passes import optimize
from spnn_peer import input_layer, layer
from torch import Tensor

SIDE = 24


class Weights(torch.nn.Module):
    """The weights, and the network in torch."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 12, 3, 2, 1)
        self.a = torch.nn.Conv2d(12, 12, 3, 1, 1)
        self.b = torch.nn.Conv2d(12, 12, 3, 1, 1)
        self.dw = torch.nn.Conv2d(12, 12, 3, 1, 1, groups=12)
        self.last = torch.nn.Conv2d(12, 40, 3, 2, 1)
        self.fc = torch.nn.Linear(40, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.stem(x)), 2, 2)
        x = F.relu(x + self.b(F.leaky_relu(self.a(x), 0.125)))
        x = F.relu(self.last(F.relu(self.dw(x))))
        return self.fc(x.mean((-2, -1)))


def as_graph(net: Weights) -> Graph:
    """The optimised network of `net`."""

    def conv(module: torch.nn.Conv2d, bottom: str, top: str) -> Layer:
        kind = "ConvolutionDepthWise" if module.groups > 1 else "Convolution"
        params = {0: module.out_channels, 1: 3, 3: module.stride[0], 4: 1, 5: 1, 6: module.weight.numel()}
        if module.groups > 1:
            params[7] = module.groups
        return layer(kind, [bottom], [top], params, [w.detach().numpy() for w in module.parameters()], name=top)

    graph = Graph([
        input_layer("x", (3, SIDE, SIDE)),
        conv(net.stem, "x", "stem"),
        layer("ReLU", ["stem"], ["stem_r"]),
        layer("Pooling", ["stem_r"], ["pool"], {1: 2, 2: 2}),
        layer("Split", ["pool"], ["p1", "p2"]),
        conv(net.a, "p1", "a"),
        layer("ReLU", ["a"], ["a_r"], {0: 0.125}),
        conv(net.b, "a_r", "b"),
        layer("Eltwise", ["p2", "b"], ["sum"], {0: 1}),
        layer("ReLU", ["sum"], ["sum_r"]),
        conv(net.dw, "sum_r", "dw"),
        layer("ReLU", ["dw"], ["dw_r"]),
        conv(net.last, "dw_r", "last"),
        layer("ReLU", ["last"], ["last_r"]),
        layer("Pooling", ["last_r"], ["mean"], {0: 1, 4: 1}),
        layer("InnerProduct", ["mean"], ["y"], {0: net.fc.out_features, 1: 1, 2: net.fc.weight.numel()},
              [w.detach().numpy() for w in net.fc.parameters()]),
    ])  # fmt: skip
    return optimize(graph)


def random_net(seed: int = 0) -> Weights:
    torch.manual_seed(seed)
    return Weights().eval()


def pictures(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(x, class): stripes along, across and dots, noisy. float32 (n, 3, SIDE, SIDE) in about -1..1."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, count)
    rows, columns = np.indices((SIDE, SIDE))
    x = rng.normal(0, 0.3, (count, 3, SIDE, SIDE))
    for index, kind in enumerate(kinds):
        period, phase = rng.uniform(3, 6), rng.uniform(0, 6)
        wave_r, wave_c = (np.sin(2 * np.pi * (at + phase) / period) for at in (rows, columns))
        x[index] += 0.7 * (wave_r, wave_c, wave_r * wave_c)[kind]
    return np.clip(x, -1, 1).astype(np.float32), kinds


def trained_net(steps: int = 60) -> Weights:
    net = random_net()
    x, kinds = (torch.from_numpy(values) for values in pictures(256, seed=1))
    optimizer = torch.optim.Adam(net.parameters(), 5e-3)
    for step in range(steps):
        part = slice(step % 4 * 64, step % 4 * 64 + 64)
        loss = F.cross_entropy(net(x[part]), kinds[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.eval()
