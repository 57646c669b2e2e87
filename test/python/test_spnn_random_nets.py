"""Random valid networks: optimize keeps their answers, the shapes are those that really come out, int8 files reload."""

import numpy as np
import pytest
from spnn.calibrate.weight_rows import weight_scales
from spnn.format.bin import attach_blobs
from spnn.format.graph import Graph
from spnn.format.model_files import encode_bin, encode_param
from spnn.format.param import parse_param
from spnn.format.table import Table
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.run.board import load_twin
from spnn.run.float import run_float
from spnn.shapes import infer_shapes
from spnn_peer import input_layer, layer


class Builder:
    """Adds layers to a network whose newest blobs it knows by shape."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        shape = (int(self.rng.integers(1, 9)), int(self.rng.integers(6, 13)), int(self.rng.integers(6, 13)))
        self.graph = Graph([input_layer("in", shape)])
        self.blob, self.count = "in", 0

    def weights(self, *shape, scale=0.5):
        return (self.rng.normal(0, scale, shape)).astype(np.float32)

    @property
    def shape(self):
        return infer_shapes(self.graph)[self.blob]

    def add(self, kind, params=None, blobs=(), bottoms=None):
        self.count += 1
        top = f"b{self.count}"
        self.graph.layers.append(layer(kind, bottoms or [self.blob], [top], params, blobs, name=f"l{self.count}"))
        self.blob = top

    def split(self):
        self.count += 1
        tops = [f"b{self.count}a", f"b{self.count}b"]
        self.graph.layers.append(layer("Split", [self.blob], tops, name=f"l{self.count}"))
        return tops

    def step(self):
        shape, rng = self.shape, self.rng
        channels = shape.c if shape.dims == 3 else shape.w
        spatial = shape.dims == 3 and min(shape.w, shape.h) >= 4
        kinds = ["relu", "norm", "prelu", "dropout", "product", "clip", "flatten"]
        kinds += ["conv", "conv", "conv", "depthwise", "depthwise", "pool", "global", "residual", "concat"] * spatial
        kind = rng.choice(kinds)
        if kind == "relu":
            self.add("ReLU", {0: float(rng.choice([0, 0, 0.25]))})
        elif kind == "norm":
            variance = np.abs(self.weights(channels)) + np.float32(0.3)
            blobs = [1 + self.weights(channels, scale=0.1), self.weights(channels), variance, self.weights(channels)]
            self.add("BatchNorm", {0: channels, 1: 1e-5}, blobs)
            if rng.random() < 0.4:
                self.add("Scale", {0: channels, 1: 1}, [1 + self.weights(channels, scale=0.1), self.weights(channels)])
        elif kind == "prelu":
            self.add("PReLU", {0: channels}, [self.weights(channels)])
        elif kind == "dropout":
            self.add("Dropout", {0: float(rng.choice([1, 0.5]))})
        elif kind == "product":
            outputs = int(rng.integers(1, 20))
            scale = 1 / np.sqrt(shape.elements)
            self.add("InnerProduct", {0: outputs, 1: 1, 2: outputs * shape.elements},
                     [self.weights(outputs * shape.elements, scale=scale), self.weights(outputs)])  # fmt: skip
        elif kind == "clip":
            self.add("Clip", {0: 0.0, 1: 6.0})
        elif kind == "flatten":
            self.add("Flatten")
        elif kind == "conv":
            self.convolution("Convolution", int(rng.integers(1, 40)), channels, 1)
        elif kind == "depthwise":
            self.convolution("ConvolutionDepthWise", channels, 1, channels)
        elif kind == "pool":
            kernel = int(rng.integers(1, 4))
            stride = int(rng.integers(1, 3)) if kernel > 1 else 1
            self.add("Pooling", {0: int(rng.integers(0, 2)), 1: kernel, 2: stride, 5: 1})
        elif kind == "global":
            self.add("Pooling", {0: int(rng.integers(0, 2)), 4: 1})
        elif kind == "residual":
            one, two = self.split()
            self.blob = one
            self.add("ReLU")
            self.add("BinaryOp", {0: 0}, bottoms=[self.blob, two] if rng.random() < 0.5 else [two, self.blob])
        else:
            one, two = self.split()
            self.blob = one
            self.add("ReLU", {0: 0.5})
            self.add("Concat", {0: int(rng.integers(0, 3))}, bottoms=[self.blob, two])

    def convolution(self, kind, outputs, per_output, group):
        kernel, rng = int(self.rng.integers(1, 4)), self.rng
        size = outputs * per_output * kernel * kernel
        params = {0: outputs, 1: kernel, 3: int(rng.integers(1, 3)), 4: int(rng.choice([0, 1, -233])), 5: 1, 6: size}
        if rng.random() < 0.3 and kernel > 1 and params[4] >= 0:
            params[2] = 2 if min(self.shape.w, self.shape.h) > 5 else 1
        if kind == "ConvolutionDepthWise":
            params[7] = group
        scale = 1 / np.sqrt(per_output * kernel * kernel)
        self.add(kind, params, [self.weights(size, scale=scale), self.weights(outputs)])


def random_network(seed):
    builder = Builder(seed)
    for _ in range(int(builder.rng.integers(3, 12))):
        builder.step()
    shape = infer_shapes(builder.graph)["in"].array_shape
    return builder.graph, builder.rng.normal(0, 1, (2, *shape)).astype(np.float32)


@pytest.mark.parametrize("seed", range(30))
def test_random_network(seed):
    graph, given = random_network(seed)
    optimised = optimize(graph)
    before, after = run_float(graph, given), run_float(optimised, given, keep="all")
    for name, values in before.items():
        scale = np.abs(values).max() + 1e-3
        np.testing.assert_allclose(after[name].reshape(values.shape) / scale, values / scale, atol=1e-4)
    shapes = infer_shapes(optimised)
    assert shapes.keys() == after.keys()
    for name, values in after.items():
        assert shapes[name].elements == values[0].size

    scales = {name: 127 / max(float(np.abs(values).max()), 1e-3) for name, values in after.items()}
    int8 = quantize(optimised, Table(weight_scales(optimised), scales))
    again = parse_param(encode_param(int8))
    attach_blobs(again, encode_bin(int8))
    assert (encode_param(again), encode_bin(again)) == (encode_param(int8), encode_bin(int8))
    assert [layer.params for layer in again.layers] == [layer.params for layer in int8.layers]
    load_twin(again).run(given)
