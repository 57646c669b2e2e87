"""What the board twin computes block by block is what the plain formula gives, in every layout and to the last bit."""

import numpy as np
import pytest
import torch
from spnn.format.graph import Graph
from spnn.format.table import Table
from spnn.format.values import get_int
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.run.board import SimulateOptions, load_twin
from spnn.run.board.blocks import rows_to_bytes, to_bytes
from spnn.run.board.fixed_point import Converter, quantised
from spnn.run.board.pointwise import eltwise_step, pooling_step
from spnn_peer import input_layer, layer

pytestmark = pytest.mark.usefixtures("one_thread")

OPTIONS = [SimulateOptions(), SimulateOptions(rounding="half_up", saturate_min=-127), SimulateOptions(rounding="floor")]
LAYOUTS = {
    "contiguous": lambda x: x,
    "channels last": lambda x: x.contiguous(memory_format=torch.channels_last),
    "every other row": lambda x: x.repeat_interleave(2, 2)[:, :, ::2],
    "one for the whole batch": lambda x: x[:1].expand_as(x),
}


def shifted(values, mult, shift, rounding):
    """docs/spnn-format.md §6 on 64-bit integers."""
    product = values.astype(np.int64) * mult
    if rounding == "floor":
        return product >> shift
    half = 1 << shift >> 1
    if rounding == "half_up":
        return (product + half) >> shift
    return np.sign(product) * ((np.abs(product) + half) >> shift)


def sat8(values, options):
    return np.clip(values, options.saturate_min, 127)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_converter_in_every_layout(options, layout):
    rng = np.random.default_rng(0)
    plain = LAYOUTS[layout](torch.from_numpy(rng.integers(-128, 128, (3, 5, 70, 71)).astype(np.int8)))
    before = plain.clone()
    got = Converter(72, 6, options)(plain)  # 4 and 28 of 64: halves and saturation at either end
    expected = sat8(shifted(plain.numpy(), 72, 6, options.rounding), options)
    np.testing.assert_array_equal(got.numpy(), expected)
    assert got.dtype == torch.int8 and torch.equal(plain, before)
    assert layout in ("every other row", "one for the whole batch") or got.stride() == plain.stride()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(("operation", "combine"), [(0, np.multiply), (1, np.add), (2, np.maximum)])
def test_eltwise_of_every_pair_of_bytes(operation, combine, options):
    params = {0: operation, 16: 1, 17: 23, 18: 4, 21: 3, 22: 2}
    line = layer("Eltwise", ["a", "b"], ["y"], params)
    assert get_int(line, "operand_mult") == 23 and get_int(line, "output_shift") == 2
    first, second = (torch.from_numpy(grid) for grid in np.mgrid[-128:128, -128:128].astype(np.int8)[:, None, None])
    got = eltwise_step(line, options)(first, second.contiguous(memory_format=torch.channels_last))
    raised = shifted(second.numpy(), 23, 4, options.rounding)
    expected = shifted(combine(raised, first.numpy().astype(np.int64)), 3, 2, options.rounding)
    np.testing.assert_array_equal(got.numpy(), sat8(expected, options))


@pytest.mark.parametrize("everything", [0, 1])
def test_maxima_stay_bytes(everything):
    q = torch.from_numpy(np.random.default_rng(1).integers(-128, 128, (2, 20, 90, 90)).astype(np.int8))
    same_scale = {21: 32767, 22: 15}
    line = layer("Pooling", ["x"], ["y"], {0: 0, 1: 2, 2: 2, 4: everything, **same_scale})
    got = pooling_step(line, SimulateOptions())(q.contiguous(memory_format=torch.channels_last))
    expected = q.flatten(2).amax(2) if everything else q.view(2, 20, 45, 2, 45, 2).amax((3, 5))
    assert got.dtype == torch.int8 and torch.equal(got, expected)


@pytest.mark.parametrize("lowest", [-128, -127])
def test_real_numbers_at_the_borders(lowest):
    below = float(np.nextafter(np.float32(0.5), np.float32(0)))
    pairs = {
        0.5: 1, -0.5: -1, below: 0, -below: 0, 1.5: 2, 2.5: 3, -2.5: -3, -0.0: 0, 126.5: 127, 127.5: 127,
        -127.5: max(lowest, -128), -128.5: lowest, 1e9: 127, -1e9: lowest, np.inf: 127, -np.inf: lowest, np.nan: 0,
    }  # fmt: skip
    x = torch.tensor([list(pairs)], dtype=torch.float32)
    got = quantised(x, 1.0, SimulateOptions(saturate_min=lowest))
    assert got.dtype == torch.int8 and got[0].tolist() == list(pairs.values())


@pytest.mark.parametrize(
    "shape", [(2, 3, 300, 200), (2, 70, 31, 33), (5, 9, 4, 4), (3, 40_000), (1, 1, 1, 1)], ids=str
)  # pixels, channels, samples and a vector beyond a block
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=["contiguous", "channels last"])
@pytest.mark.parametrize("dtype", [torch.int32, torch.float32], ids=str)
def test_sums_in_blocks(dtype, layout, shape):
    if len(shape) == 2 and layout == torch.channels_last:
        return
    sums = torch.randint(-(2**20), 2**20, shape).to(dtype).contiguous(memory_format=layout)
    factors = torch.arange(1, shape[1] + 1, dtype=torch.float64) / 2**20

    def prepare(channels):
        own = factors[channels, None]
        return lambda wide: wide.mul_(own).round_().clamp_(-128, 127)

    got = rows_to_bytes(prepare, sums)
    expected = (sums.double() * factors.view(-1, *[1] * (len(shape) - 2))).round().clamp(-128, 127)
    assert got.dtype == torch.int8 and got.stride() == sums.stride() and torch.equal(got.double(), expected)


def test_blocks_of_several_tensors_belong_together():
    one, two = (torch.randint(-60, 60, (2, 3, 200, 90), dtype=torch.int8) for _ in range(2))
    got = to_bytes(lambda wide, other: wide.add_(other), one, two.contiguous(memory_format=torch.channels_last))
    assert torch.equal(got, one + two)


def depthwise_net(reader, activation):
    rng = np.random.default_rng(3)
    rows = {"before": (16, 16), "deep": (16, 9), "after": (8, 16)}
    weights = {name: rng.normal(0, 0.4, shape).astype(np.float32) for name, shape in rows.items()}
    bias = [rng.normal(0, 0.4, size).astype(np.float32) for size in (16, 16, 8)]
    deep = {0: 16, 1: 3, 4: 1, 5: 1, 6: 144, 7: 16, 9: activation, 10: (0.0, 6.0)}
    plain = {1: 1, 5: 1}
    after = layer("Convolution", ["d"], ["y"], {0: 8, 6: 128, **plain}, [weights["after"], bias[2]], name="after")
    layers = [
        input_layer("x", (16, 12, 12)),
        layer("Convolution", ["x"], ["p"], {0: 16, 6: 256, **plain}, [weights["before"], bias[0]], name="before"),
        layer("ConvolutionDepthWise", ["p"], ["d"], deep, [weights["deep"], bias[1]], name="deep"),
        after if reader == "Convolution" else layer(reader, ["d"], ["y"], {1: 2, 2: 2}),
    ]
    scales = {name: 127 / np.abs(values).max(1) for name, values in weights.items() if name != "deep"}
    return quantize(optimize(Graph(layers)), Table(scales, {"x": 40.0, "p": 30.0, "d": 21.0, "y": 9.0}))


@pytest.mark.parametrize("activation", [0, 1, 3])
def test_a_depthwise_convolution_read_by_convolutions_keeps_its_layout_and_its_bits(activation):
    graph = depthwise_net("Convolution", activation)
    x = np.random.default_rng(4).uniform(-3, 3, (2, 16, 12, 12)).astype(np.float32)
    twin, plain = load_twin(graph), load_twin(graph)
    assert twin._left_as_laid_out
    plain._left_as_laid_out = frozenset()
    left, made_contiguous = twin.run_integers(x, "all"), plain.run_integers(x, "all")
    for name, values in made_contiguous.items():
        assert np.array_equal(left[name], values), name


@pytest.mark.parametrize(("reader", "activation"), [("Pooling", 0), ("Sigmoid", 0), ("Convolution", 4)])
def test_what_layers_of_the_cpu_may_read_is_made_contiguous(reader, activation):
    assert not load_twin(depthwise_net(reader, activation))._left_as_laid_out
