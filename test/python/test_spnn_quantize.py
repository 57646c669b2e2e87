"""Rules of quantize that no single measured case shows, and its arithmetic at the edges."""

import numpy as np
import pytest
from spnn.errors import SpnnFormatError
from spnn.format.arithmetic import multiplier_and_shift, to_int16, to_int32
from spnn.format.graph import Graph
from spnn.format.model_files import encode_param
from spnn.format.table import Table
from spnn.format.values import get_int, get_ints
from spnn.format.weight_order import direct_order, from_direct_order, from_image_order, image_order
from spnn.log import Log
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn_peer import input_layer, layer

INT_MIN = -(2**31)


@pytest.mark.parametrize(
    ("ratio", "pair"),
    [  # docs/spnn-format.md §4.1
        (1, (32767, 15)),
        (2, (16384, 13)),
        (0.5, (16384, 15)),
        (1.00001, (16384, 14)),
        (40000, (40000, 0)),
        (1e6, (62500, -4)),
        (0, (0, 15)),
        (float("inf"), (INT_MIN, INT_MIN)),
        (float("nan"), (INT_MIN, 15)),
        (-2, (-65534, 15)),
        (-1e30, (INT_MIN, 15)),
        (2.0**127, (32768, -112)),
    ],
)
def test_multiplier_and_shift(ratio, pair):
    assert multiplier_and_shift(ratio) == pair


def test_rounding():
    values = np.float32([0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, 2147483520, 2147483648, -2147483648, np.nan, np.inf])
    assert to_int32(values).tolist() == [1, -1, 2, 3, -3, 0, 2147483520, INT_MIN, INT_MIN, INT_MIN, INT_MIN]
    edges = np.float32([32767.4, 32767.5, -40000, np.nan, np.inf])
    assert to_int16(edges).tolist() == [32767, 32767, -32768, -32768, -32768]


@pytest.mark.parametrize(("outputs", "inputs"), [(11, 70), (16, 64)], ids=["groups in part", "whole groups"])
def test_weight_order_literally(outputs, inputs):
    rng = np.random.default_rng(3)
    shape = (outputs, inputs, 2, 3)
    weights = rng.integers(-127, 128, shape).astype(np.int8)
    direct = [
        weights[k, channel, y, x]
        for first in range(0, outputs, 8) for block in range(0, inputs, 32) for y in range(2) for x in range(3)
        for k in range(first, min(first + 8, outputs)) for channel in range(block, min(block + 32, inputs))
    ]  # fmt: skip
    image = [
        weights[k, channel, y, x]
        for first in range(0, outputs, 8) for y in range(2) for k in range(first, min(first + 8, outputs))
        for x in range(3) for channel in range(inputs)
    ]  # fmt: skip
    assert direct_order(weights).tolist() == [int(value) for value in direct]
    assert image_order(weights).tolist() == [int(value) for value in image]
    np.testing.assert_array_equal(from_direct_order(direct_order(weights), shape), weights)
    np.testing.assert_array_equal(from_image_order(image_order(weights), shape), weights)


def conv(name, bottom, top, outputs=2, channels=4, **extra):
    size = outputs * channels
    blobs = [np.linspace(-1, 1, size, dtype=np.float32), np.zeros(outputs, np.float32)]
    return layer("Convolution", [bottom], [top], {0: outputs, 1: 1, 5: 1, 6: size, **extra}, blobs, name=name)


def quantised(layers, scales, rows=(), shape=(4, 8, 8)):
    graph = optimize(Graph([input_layer("in", shape), *layers]))
    log = Log()
    table = Table({name: np.full(2, 100, np.float32) for name in rows}, dict(scales))
    result = quantize(graph, table, log)
    return {layer.name: layer for layer in result.layers}, log


ALL = {name: 2.0 for name in ("in", "a", "b", "c", "d", "out")}


def test_a_wrong_size_leaves_all_later_convolutions_float():
    layers = [
        conv("first", "in", "a"),
        layer("Pooling", ["a"], ["b"], {0: 1, 4: 1}),
        conv("second", "b", "c", channels=2),
        conv("third", "c", "d", channels=2),
        layer("InnerProduct", ["d"], ["out"], {0: 2, 2: 4}, [np.ones(4, np.float32)], name="fc"),
    ]
    found, log = quantised(layers, ALL, ("first", "second", "third", "fc"))
    weighted = ("first", "second", "third", "fc")
    assert {name: get_int(found[name], "quantised") for name in weighted} == {
        "first": 1, "second": 0, "third": 0, "fc": 1,
    }  # fmt: skip
    assert [(warning.code, warning.layer) for warning in log.warnings] == [
        ("weight_size", "second"), ("quantising_stopped", "third"),
    ]  # fmt: skip
    assert [(blob.tag, blob.data.dtype, blob.data.size) for blob in found["second"].blobs] == [
        (0, np.float32, 4), (0, np.float32, 2), (0, np.float32, 0),
    ]  # fmt: skip
    assert "Error: weight size maybe not correct!" in log.lines


def test_a_missing_row_concerns_its_layer_alone():
    found, log = quantised([conv("first", "in", "a"), conv("second", "a", "out", channels=2)], ALL, ("second",))
    assert get_int(found["first"], "quantised") == 0
    assert get_ints(found["first"], "npu_flag") == (1,)
    assert get_int(found["second"], "quantised") == 1
    assert [warning.code for warning in log.warnings] == ["not_quantised"]


def test_image_order_is_for_the_first_input_alone():
    def order(width, **extra):
        found, _ = quantised([conv("c", "in", "out", **extra)], ALL, ("c",), (4, 8, width))
        return get_int(found["c"], "image_order")

    assert order(8) == 1
    assert order(2) == 1
    assert order(7) == 0  # 7 x 4 channels is no multiple of 8
    assert order(8, **{}) == 1
    for pad in (4, 14, 15, 16):
        padded = layer("Convolution", ["in"], ["out"], {0: 2, 1: 1, 6: 8, pad: 1}, [np.ones(8, np.float32)], name="c")
        assert get_int(quantised([padded], ALL, ("c",))[0]["c"], "image_order") == 0
    split = [layer("Split", ["in"], ["a", "b"]), conv("c", "a", "out"), layer("ReLU", ["b"], ["d"])]
    assert get_int(quantised(split, ALL, ("c",))[0]["c"], "image_order") == 0


def test_split_outputs_get_quantize_layers():
    split = layer("Split", ["in"], ["a", "b", "c"], name="s")
    graph = optimize(Graph([input_layer("in", (4, 8, 8)), split]))
    result = quantize(graph, Table({}, {"in": 1.0, "a": 1.0, "b": 1.0 / 3, "c": 4.0}))
    lines = encode_param(result).decode().split("\n")[3:6]
    assert [" ".join(line.split()) for line in lines] == [
        "Split s 1 3 in a b_cvt c_cvt -23328=1,1 -23329=3,1.000000,0.333333,4.000000",
        "Quantize s_cvt 1 1 b_cvt b 0=0.333333 20=1 21=10922 22=15 -23328=1,1 -23329=1,0.333333",
        "Quantize s_cvt 1 1 c_cvt c 0=4.000000 20=1 21=16384 22=12 -23328=1,1 -23329=1,4.000000",
    ]


def test_a_name_that_the_split_needs_is_refused():
    layers = [layer("Split", ["in"], ["a", "b"]), layer("ReLU", ["a"], ["b_cvt"]), layer("ReLU", ["b"], ["out"])]
    with pytest.raises(SpnnFormatError, match="made twice"):
        quantised(layers, {"in": 1.0, "a": 1.0, "b": 2.0})


def test_eltwise_of_one_input_and_a_missing_scale():
    found, log = quantised([layer("BinaryOp", ["in"], ["out"], {1: 1, 2: 3.0}, name="add")], {"out": 2.0})
    names = ("operand_select", "operand_mult", "operand_shift", "output_mult", "output_shift")
    assert [get_int(found["add"], name) for name in names] == [0, INT_MIN, 15, INT_MIN, INT_MIN]
    assert {warning.code for warning in log.warnings} == {"scale_missing", "multiplier_overflow"}


def test_cpu_layers_keep_their_parameters_and_weights():
    blobs = [np.ones(36, np.float32), np.ones(4, np.float32)]
    params = {0: 4, 1: 3, 5: 1, 6: 36, 7: 4, 18: 0.5}
    depthwise = layer("ConvolutionDepthWise", ["in"], ["out"], params, blobs, name="dw")
    found, log = quantised([depthwise], ALL)
    assert found["dw"].params == {0: 4, 1: 3, 5: 1, 6: 36, 7: 4, 28: (0,), 29: (2.0,)}
    assert [blob.tag for blob in found["dw"].blobs] == [0, None]
    assert [(warning.code, warning.layer) for warning in log.warnings] == [("parameter_dropped", "dw")]


def test_what_does_not_belong_together_is_refused():
    graph = Graph([input_layer("in", (4, 8, 8)), conv("c", "in", "out")])
    with pytest.raises(SpnnFormatError, match="run optimize first"):
        quantize(graph, Table({"c": np.ones(2, np.float32)}, ALL))
    with pytest.raises(SpnnFormatError, match="1 weight scales for 2 outputs"):
        quantize(optimize(graph), Table({"c": np.ones(1, np.float32)}, ALL))
    with pytest.raises(SpnnFormatError, match="quantised already"):
        quantize(quantize(optimize(graph), Table({}, ALL)), Table({}, ALL))
    with pytest.raises(SpnnFormatError, match="quantised already"):
        optimize(quantize(optimize(graph), Table({}, ALL)))


def test_names_of_the_npu_and_the_cpu():
    kinds = {
        "max": ({0: 0, 1: 8, 3: 1}, 1), "average": ({0: 1, 1: 8}, 1), "padded average": ({0: 1, 1: 3, 15: 1}, 0),
        "large": ({0: 0, 1: 2, 11: 9}, 0), "global": ({0: 1, 1: 9, 3: 1, 4: 1}, 1),
    }  # fmt: skip
    for params, flag in kinds.values():
        found, _ = quantised([layer("Pooling", ["in"], ["out"], params, name="p")], ALL, shape=(4, 20, 20))
        assert get_ints(found["p"], "npu_flag") == (flag,)
