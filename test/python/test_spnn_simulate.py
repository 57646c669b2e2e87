"""The board twin: bit for bit against integers, and whole networks against another simulation."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from spnn.calibrate import calibrate
from spnn.errors import SpnnError
from spnn.format.graph import Graph
from spnn.format.model_files import read_model
from spnn.format.table import Table
from spnn.format.values import get_int, has_param
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.run.board import VARIANTS, SimulateOptions, load_twin, simulate
from spnn.run.float import run_float
from spnn_fake_quant import fake_quantised
from spnn_peer import input_layer, layer
from spnn_small_net import as_graph, pictures, random_net, trained_net

GOLDEN = Path(__file__).parents[1] / "fixtures" / "spnn" / "golden"


pytestmark = pytest.mark.usefixtures("one_thread")


def rshift(value, bits, rounding="half_away"):
    """docs/spnn-format.md §6 on Python's unbounded integers."""
    if bits <= 0:
        return value << -bits
    if rounding == "floor":
        return value >> bits
    half = 1 << (bits - 1)
    if rounding == "half_up":
        return (value + half) >> bits
    return (abs(value) + half >> bits) * (1 if value >= 0 else -1)


def sat8(value, low=-128):
    return max(low, min(127, value))


def file_order(outputs, channels, height, width, image):
    """Indices (k, c, y, x) in the order of the file, by docs/spnn-format.md §4.3."""
    for k0 in range(0, outputs, 8):
        ks = range(k0, min(k0 + 8, outputs))
        if image:
            yield from ((k, c, y, x) for y in range(height) for k in ks for x in range(width) for c in range(channels))
        else:
            for c0 in range(0, channels, 32):
                cs = range(c0, min(c0 + 32, channels))
                yield from ((k, c, y, x) for y in range(height) for x in range(width) for k in ks for c in cs)


def integer_convolution(layer, q, kernel, stride, pad, options):
    """One sample (c, h, w) through a quantised layer, one output at a time."""
    stored, bias, m16 = (blob.data.astype(int) for blob in layer.blobs)
    outputs, (channels, _, _), (kh, kw) = len(m16), q.shape, kernel
    weight = np.zeros((outputs, channels, kh, kw), int)
    for value, place in zip(stored, file_order(outputs, channels, kh, kw, get_int(layer, "image_order")), strict=True):
        weight[place] = value
    q = np.pad(q.astype(int), ((0, 0), (pad, pad), (pad, pad)))
    height, width = (q.shape[1] - kh) // stride + 1, (q.shape[2] - kw) // stride + 1
    out = np.zeros((outputs, height, width), int)
    names = ("output_mult", "output_shift", "bias_mult", "bias_shift")
    mult, shift, bias_mult, bias_shift = (get_int(layer, name) for name in names)
    for k, y, x in itertools.product(range(outputs), range(height), range(width)):
        window = q[:, y * stride : y * stride + kh, x * stride : x * stride + kw]
        total = rshift(int((window * weight[k]).sum()) * int(m16[k]), 10, options.rounding)
        b = int(bias[k])
        total += rshift(b * bias_mult, bias_shift, options.rounding) if has_param(layer, "bias_mult") else b
        out[k, y, x] = sat8(rshift(total * mult, shift, options.rounding), options.saturate_min)
    return out


OPTIONS = [SimulateOptions(), SimulateOptions(rounding="half_up", saturate_min=-127), SimulateOptions(rounding="floor")]


def quantised_convolution(kind, channels, side, outputs, kernel, pad, table, before=True, weight_scale=0.1, bias=1.0):
    rng = np.random.default_rng(channels)
    size = outputs * channels * kernel * kernel
    weights = rng.normal(0, weight_scale, (outputs, channels * kernel * kernel)) * rng.uniform(0.1, 1, (outputs, 1))
    blobs = [weights.astype(np.float32), rng.normal(0, bias, outputs).astype(np.float32)]
    params = {0: outputs, 1: kernel, 4: pad, 5: 1, 6: size} if kind == "Convolution" else {0: outputs, 1: 1, 2: size}
    layers = [input_layer("x", (channels, side, side))]
    if before:  # not fed by the Input, so not in image order
        layers.append(layer("ReLU", ["x"], ["r"], {0: 1.0}))
    bottom = layers[-1].tops[0]
    layers.append(layer(kind, [bottom], ["y"], params, blobs, name="w"))
    table = Table({"w": 127 / np.abs(blobs[0]).max(1)}, table)
    return quantize(optimize(Graph(layers)), table)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(
    ("kind", "channels", "side", "outputs", "kernel", "pad", "before", "bias"),
    [
        ("Convolution", 35, 5, 11, 3, 1, True, 1.0),
        ("Convolution", 3, 8, 9, 3, 0, False, 1.0),
        ("Convolution", 4, 5, 3, 1, 0, True, 1e5),
        ("InnerProduct", 34, 3, 10, 3, 0, True, 1.0),
        ("InnerProduct", 3, 8, 10, 8, 0, False, 1.0),
        ("Convolution", 1100, 3, 8, 3, 0, True, 1.0),
    ],
)
def test_convolution_bit_for_bit(options, kind, channels, side, outputs, kernel, pad, before, bias):
    scales = {"x": 30.0, "r": 30.0, "y": 7.0 if channels < 1000 else 0.9}
    graph = quantised_convolution(kind, channels, side, outputs, kernel, pad, scales, before, bias=bias)
    weighted = graph.layers[-1]
    assert bool(get_int(weighted, "image_order")) != before and (bias == 1 or has_param(weighted, "bias_mult"))
    x = np.random.default_rng(5).uniform(-4.5, 4.5, (2, channels, side, side)).astype(np.float32)
    blobs = simulate(graph, x, options, keep={"r", "y"} if before else {"x", "y"})
    assert blobs["y"].dtype == np.int8
    for index in range(2):
        if before:
            q = blobs["r"][index]
        else:
            scaled = x[index].astype(np.float64) * 30
            q = np.clip(np.copysign(np.floor(np.abs(scaled) + 0.5), scaled), options.saturate_min, 127)
        expected = integer_convolution(weighted, q, (kernel, kernel), 1, pad, options)
        np.testing.assert_array_equal(blobs["y"][index].reshape(expected.shape), expected)
    assert np.abs(blobs["y"].astype(int)).max() > 20


def one_layer(*layers, shape, table):
    return quantize(optimize(Graph([input_layer("x", shape), *layers])), table)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(("s_in", "s_out"), [(20.0, 20.0), (20.0, 3.7), (20.0, 91.3)])
def test_pointwise_layers_bit_for_bit(options, s_in, s_out):
    rounding, low = options.rounding, options.saturate_min
    q = np.arange(low, 128)
    x = np.tile(q / s_in, (1, 2, 1, 1)).astype(np.float32)
    slopes, terms = np.float32([0.3, -0.7]), [np.float32(v) for v in ([1.3, 0.8], [0.4, -1], [2, 3], [0.1, 0.2])]
    table = Table({}, {"x": s_in, "y": s_out, "a": s_in, "b": s_in, "c": s_in * 1.7})

    def run(*layers):
        graph = one_layer(*layers, shape=x.shape[1:], table=table)
        return graph.layers[-1], simulate(graph, x, options)["y"][0]

    def out(line, values):
        mult, shift = get_int(line, "output_mult"), get_int(line, "output_shift")
        return [[[sat8(rshift(int(v) * mult, shift, rounding), low) for v in row]] for row in values]

    line, y = run(layer("ReLU", ["x"], ["y"]))
    np.testing.assert_array_equal(y, out(line, [np.maximum(q, 0)] * 2))
    line, y = run(layer("PReLU", ["x"], ["y"], {0: 2}, [slopes]))
    expected = [[rshift(int(v) * int(m), 10, rounding) if v < 0 else v for v in q] for m in line.blobs[0].data]
    np.testing.assert_array_equal(y, out(line, expected))
    line, y = run(layer("BatchNorm", ["x"], ["y"], {0: 2}, terms))
    pairs = line.blobs[0].data.astype(int).reshape(2, 2)
    expected = [[rshift((int(v) + b) * m, 7, rounding) for v in q] for b, m in pairs.tolist()]
    np.testing.assert_array_equal(y, out(line, expected))
    split, scale = layer("Split", ["x"], ["a", "b"]), layer("ReLU", ["b"], ["c"])
    relu = simulate(one_layer(split, scale, shape=x.shape[1:], table=table), x, options, keep={"c"})["c"][0, 0, 0]
    for operation, combine in ((1, lambda a, b: a + b), (2, max), (0, lambda a, b: a * b)):
        line, y = run(split, scale, layer("Eltwise", ["a", "c"], ["y"], {0: operation}))
        small, other = (relu, q) if get_int(line, "operand_select") else (q, relu)
        mult, shift = get_int(line, "operand_mult"), get_int(line, "operand_shift")
        raised = [rshift(int(v) * mult, shift, rounding) for v in small]
        expected = [combine(v, int(w)) for v, w in zip(raised, other, strict=True)]
        np.testing.assert_array_equal(y, out(line, [expected] * 2))


@pytest.mark.parametrize("before", ["after", "before"])
def test_means_are_rounded_once_or_twice(before):
    x = np.float32([[[[3, 4, 0, 0, 9], [4, 4, 1, 0, 9], [-3, -4, 0, 1, 9]]]])
    table = Table({}, {"x": 1.0, "y": 1.6})
    options = SimulateOptions(pool_rounding=before)
    graph = one_layer(layer("Pooling", ["x"], ["y"], {0: 1, 1: 2, 2: 2}), shape=(1, 3, 5), table=table)
    means = [15 / 4, 1 / 4, 18 / 2, -7 / 2, 1 / 2, 9]
    factor = get_int(graph.layers[-1], "output_mult") / 2 ** get_int(graph.layers[-1], "output_shift")
    if before == "before":
        means = [np.copysign(np.floor(abs(mean) + 0.5), mean) for mean in means]
    expected = [np.copysign(np.floor(abs(mean) * factor + 0.5), mean) for mean in means]
    np.testing.assert_array_equal(simulate(graph, x, options)["y"].ravel(), expected)
    kernel = simulate(graph, x, SimulateOptions(pool_divisor="kernel"))["y"].ravel()
    assert kernel[2] == np.floor(18 / 4 * factor + 0.5)
    everything = one_layer(layer("Pooling", ["x"], ["y"], {0: 1, 4: 1}), shape=(1, 3, 5), table=table)
    assert simulate(everything, x, options)["y"].tolist() == [[round(36 / 15 * 1.6) if before == "after" else 3]]


def board(graph, samples):
    table = calibrate(graph, samples)
    return table, quantize(graph, table)


@pytest.mark.parametrize("seed", range(3))
def test_random_networks_agree_with_the_other_simulation(seed):
    graph = as_graph(random_net(seed))
    x, _ = pictures(24, seed)
    table, int8 = board(graph, x[:8])
    ours = load_twin(int8).run_integers(x, keep="all")
    peer = fake_quantised(graph, table, x)
    shares = {"stem_r": 0.01, "pool": 0.01, "a_r": 0.2, "sum_r": 0.2, "last_r": 0.2, "mean": 0.2}
    for name, most in {**shares, "y": 1.0}.items():  # what is off by a unit adds up along the way
        off = np.abs(ours[name] - np.round(peer[name] * table.blob_scales[name]))
        assert off.max() <= (4 if name == "y" else 2) and (off > 0).mean() <= most, name


def test_a_trained_network_answers_as_in_float_and_in_the_other_simulation():
    graph = as_graph(trained_net())
    x, kinds = pictures(200, seed=9)
    table, int8 = board(graph, x[:24])
    floats, twin = run_float(graph, x)["y"].argmax(1), load_twin(int8).run(x)["y"]
    assert (floats == kinds).mean() > 0.9
    assert (twin.argmax(1) == floats).mean() >= 0.97
    assert (twin.argmax(1) == fake_quantised(graph, table, x)["y"].argmax(1)).mean() >= 0.99
    np.testing.assert_array_equal(twin[7:9], load_twin(int8).run(x[7:9])["y"])
    for name, options in VARIANTS.items():
        assert (load_twin(int8, options).run(x)["y"].argmax(1) == floats).mean() >= 0.95, name


@pytest.mark.parametrize("case", json.loads((GOLDEN / "index.json").read_text()), ids=lambda case: case["name"])
def test_measured_models_run_or_are_refused_with_a_reason(case):
    folder = GOLDEN / case["name"]
    graph = read_model(folder / "int8.param", folder / "int8.bin")
    rng = np.random.default_rng(0)
    inputs = {}
    for line in graph.inputs():
        extents = [extent for name in ("ic", "ih", "iw") if (extent := get_int(line, name))]
        inputs[line.tops[0]] = rng.uniform(-1, 1, (2, *extents)).astype(np.float32)
    try:
        blobs = simulate(graph, inputs)
    except SpnnError as error:
        assert "layer" in str(error)
    else:
        assert set(blobs) == set(graph.outputs())


def test_what_the_board_cannot_run_is_refused():
    graph = optimize(Graph([input_layer("x", (1, 4, 4)), layer("ReLU", ["x"], ["y"])]))
    with pytest.raises(SpnnError, match="runs quantised networks"):
        load_twin(graph)
    with pytest.raises(SpnnError, match="blob 'y' has no scale"):
        load_twin(quantize(graph, Table({}, {"x": 1.0})))
    with pytest.raises(SpnnError, match="rounding is 'up': choose one of half_away, half_up, floor"):
        SimulateOptions(rounding="up")
    int8 = quantised_convolution("Convolution", 4, 5, 3, 1, 0, {"x": 1.0, "r": 1.0, "y": 1.0})
    int8.layers[-1].params.pop(20)
    with pytest.raises(SpnnError, match="was left float"):
        load_twin(int8)
