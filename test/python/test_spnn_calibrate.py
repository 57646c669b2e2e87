"""The vendor's calibration: its measured tables, and its threshold search done literally."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from spnn.calibrate import calibrate, collect, collect_and_run
from spnn.calibrate.histogram import as_float_bins, count_magnitudes, interval_of
from spnn.calibrate.kl import best_bin
from spnn.calibrate.order import blob_order
from spnn.calibrate.weight_rows import row_of
from spnn.errors import SpnnError
from spnn.format.graph import Graph
from spnn.format.model_files import read_model
from spnn.format.table import format_table, parse_table
from spnn.image import Preprocessing, image_paths, load_inputs
from spnn.log import Log
from spnn.run.float import run_float
from spnn_peer import input_layer, layer

GOLDEN = Path(__file__).parents[1] / "fixtures" / "spnn" / "golden"
CASES = [case for case in json.loads((GOLDEN / "index.json").read_text()) if case["kind"] == "calibrate"]


def preprocessing(args):
    options = dict(word.lstrip("-").partition("=")[::2] for word in args.split())
    mean, norm = (tuple(map(float, options[key].split(","))) for key in "mn")
    width, height = map(int, options.get("size", "224,224").split(","))
    return Preprocessing(mean, norm, (width, height), "c" in options, "g" in options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_table_of_the_tool(case):
    folder = GOLDEN / case["name"]
    graph = read_model(folder / "opt.param", folder / "opt.bin")
    samples = list(load_inputs(image_paths(GOLDEN / "calib_img"), preprocessing(case["args"])))
    ours, expected = format_table(calibrate(graph, samples)), (folder / "table").read_text()
    if case["table_identical"]:
        assert ours == expected
        return
    table, golden = parse_table(ours), parse_table(expected)
    assert list(table.blob_scales) == list(golden.blob_scales)
    assert ours.split("\n")[:3] == expected.split("\n")[:3]  # the weight rows
    # The order of additions in the tool's convolutions shows in the last digits.
    np.testing.assert_allclose(list(table.blob_scales.values()), list(golden.blob_scales.values()), rtol=1e-6)


def literal_best_bin(bins):
    """docs/spnn-format.md §5.6 as a float64 loop over single bins."""
    p_all, least, best = bins / bins.sum(), 1000.0, None
    for t in range(128, 2048):
        width = t / 128
        q = np.zeros(t)
        for merged in range(128):
            start, end = merged * width, (merged + 1) * width
            cover = {j: min(j + 1, end) - max(j, start) for j in range(int(start), math.ceil(end))}
            level = sum(share * p_all[j] for j, share in cover.items()) / width
            for j, share in cover.items():
                q[j] += share * level
        p = p_all[:t].copy()
        p[-1] += p_all[t:].sum()
        divergence = float((p * np.log(p / q)).sum())
        if divergence < least:
            least, best = divergence, t
    return best


def test_threshold_is_that_of_the_literal_search():
    x = torch.from_numpy(np.random.default_rng(3).standard_t(4, 20000).astype(np.float32))
    bins = as_float_bins(count_magnitudes(x, interval_of(float(x.abs().max()))))
    assert best_bin(bins) == literal_best_bin(bins.astype(np.float64))


def test_histogram_counts_as_the_tool_does():
    interval = np.float32(0.5)
    x = np.float32([0, 0.05, -0.051, 0.499, 0.5, -0.5, 1023.9, 1024.0, -2000])
    counts = count_magnitudes(torch.from_numpy(x), interval)
    assert counts[[0, 1, 2047]].tolist() == [2, 2, 3]  # 0 and a tenth of an interval are left out
    assert counts.sum() == 7
    many = torch.from_numpy(np.random.default_rng(0).normal(0, 100, (3, 5, 411, 297)).astype(np.float32))
    expected = np.bincount(np.minimum(np.abs(many.numpy()) / interval, 2047).astype(int).ravel(), minlength=2048)
    expected[0] -= (np.abs(many.numpy()) <= np.float32(0.05)).sum()
    np.testing.assert_array_equal(count_magnitudes(many, interval), expected)
    swapped = many.to(memory_format=torch.channels_last)
    np.testing.assert_array_equal(count_magnitudes(swapped, interval), expected)


def test_float_bins_start_at_a_hundred_thousandth_and_stop_growing():
    bin_value = np.float32(1e-5)
    for count in range(300):
        assert as_float_bins(np.array([count]))[0] == bin_value
        bin_value += np.float32(1)
    assert as_float_bins(np.array([5000, 2**24 + 9])).tolist() == [5000, 2**24]


def chain(*names):
    """Input x, then one ReLU per name."""
    blobs = ["x", *(f"b{i}" for i in range(len(names)))]
    layers = [layer("ReLU", [a], [b], name=name) for a, b, name in zip(blobs, blobs[1:], names, strict=False)]
    return Graph([input_layer("x", (1, 4, 4)), *layers])


def test_lines_follow_the_names_of_the_layers_and_outputs_lie_between_p_and_t():
    assert blob_order(chain("_p", "_t", "Z", "a")) == ["b1", "x", "b3", "b0", "b2"]


def test_the_input_of_a_binaryop_with_one_input_is_missing():
    graph = Graph([input_layer("x", (1, 4, 4)), layer("BinaryOp", ["x"], ["y"], {0: 2, 1: 1, 2: 0.5})])
    assert list(calibrate(graph, [np.ones((1, 4, 4), np.float32)]).blob_scales) == ["y"]


def test_parts_give_the_same_statistics_as_all_photos_at_once():
    graph = chain("a", "b")
    samples = np.random.default_rng(0).normal(size=(7, 1, 4, 4)).astype(np.float32)
    whole, parts = collect(graph, samples), collect(graph, samples, memory_bytes=300)
    for name, expected in whole.items():
        assert parts[name].maximum == expected.maximum and parts[name].total == expected.total
        np.testing.assert_array_equal(parts[name].counts, expected.counts)


@pytest.mark.parametrize("memory_bytes", [300, 1 << 30])
def test_the_answers_come_from_the_same_pass_in_order(memory_bytes):
    graph = chain("a", "b")
    samples = np.random.default_rng(0).normal(size=(7, 1, 4, 4)).astype(np.float32)
    found, answers = collect_and_run(graph, samples, {}, memory_bytes)
    assert np.array_equal(answers, run_float(graph, samples)[graph.outputs()[0]])
    assert found.keys() == collect(graph, samples).keys()


def test_weight_rows():
    weights = np.zeros((4, 3), np.float32)
    weights[1], weights[2] = [1, -2, 0.5], 127
    graph = layer("ConvolutionDepthWise", ["x"], ["y"], {0: 4, 1: 1, 6: 12, 7: 2}, [weights])
    np.testing.assert_array_equal(row_of(graph), np.float32([127 / 2, 1]))
    fc = layer("InnerProduct", ["x"], ["y"], {0: 4, 2: 12}, [weights])
    np.testing.assert_array_equal(row_of(fc)[[0, 3]], [np.finfo(np.float32).max] * 2)


def test_a_channel_that_is_almost_zero_is_divided_as_it_is():
    graph = layer("InnerProduct", ["x"], ["y"], {0: 3, 2: 3}, [np.float32([0, 1e-37, 2])])
    assert row_of(graph).tolist() == [np.finfo(np.float32).max, math.inf, 63.5]


def test_what_cannot_be_calibrated_is_said():
    with pytest.raises(SpnnError, match="at least one photo"):
        calibrate(chain("a"), [])
    with pytest.raises(SpnnError, match="'x' holds values that are not finite"):
        calibrate(chain("a"), [np.full((1, 4, 4), np.nan, np.float32)])


def test_log_lines_are_those_of_the_tool():
    log = Log()
    calibrate(chain("a"), [np.ones((1, 4, 4), np.float32)], log)
    assert log.lines[0] == f"{'b0':40} : max = 1.000000        interval = 0.000488  "
    assert log.lines[2].startswith(f"{'b0':40} bin : 2047     threshold : 0.999756        interval : 0.000488")
    assert log.lines[2].rstrip().endswith("scale : 127.031013") and not log.warnings


def test_what_the_tool_gets_wrong_is_reported():
    graph = Graph([
        input_layer("x", (1, 4, 4)),
        layer("Split", ["x"], ["s1", "s2", "s3"]),
        layer("Power", ["s1"], ["p"], {1: 0.25}),
        layer("Power", ["s2"], ["zero"], {1: 0.0}),
        layer("Concat", ["p", "zero"], ["inner"]),
        layer("Power", ["s3"], ["q"], {1: 8.0}),
        layer("Concat", ["inner", "q"], ["outer"]),
        layer("AbsVal", ["outer"], ["abs"]),
        layer("BinaryOp", ["abs"], ["y"], {0: 2, 1: 1, 2: 0.0}),
    ])  # fmt: skip
    log = Log()
    table = calibrate(graph, [np.linspace(0, 1, 16, dtype=np.float32).reshape(1, 4, 4)], log)
    assert table.blob_scales["zero"] == table.blob_scales["p"] != table.blob_scales["inner"]
    warnings = [(warning.code, warning.layer) for warning in log.warnings]
    assert warnings == [*[("concat_scale", "Concat_inner")] * 2, ("scale_missing", "BinaryOp_y"),
                    ("scale_zero", "BinaryOp_y")]  # fmt: skip
