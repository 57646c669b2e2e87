"""Calibration beyond the vendor's: what is tied, what is snapped, and that the measured choice is better."""

import numpy as np
import pytest
from mai.convert.replace_clip_with_relu import replace_clip_with_relu
from spnn.calibrate import collect
from spnn.calibrate.statistics import BlobStatistics
from spnn.errors import NoWorkingTableError, SpnnError
from spnn.format.arithmetic import multiplier_and_shift
from spnn.format.graph import Graph
from spnn.format.table import format_table
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.run.board import load_twin
from spnn.run.float import run_float
from spnn.search.blob_scales import choose_blob_scales
from spnn.search.choose import VENDOR, candidate_tables, choose_table
from spnn.search.groups import tied_groups
from spnn.search.quantisation_error import exact_ratios, gain_error, rounding_error
from spnn.search.thresholds import least_square, maximum, percentile
from spnn.search.weight_rows import searched_rows, snapped_rows
from spnn_peer import input_layer, layer
from spnn_small_net import as_graph, pictures, random_net, trained_net

pytestmark = pytest.mark.usefixtures("one_thread")


def conv(bottom, top, inputs, outputs, seed=0, kernel=3, spread=1.0):
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 0.3, (outputs, inputs * kernel * kernel)) * np.geomspace(1, spread, outputs)[:, None]
    blobs = [weights.astype(np.float32), rng.normal(0, 0.1, outputs).astype(np.float32)]
    params = {0: outputs, 1: kernel, 4: kernel // 2, 5: 1, 6: weights.size}
    return layer("Convolution", [bottom], [top], params, blobs, name=top)


def branching():
    """Nested Concats, a Clip, max and mean pooling, and a BinaryOp whose input the vendor's table lacks."""
    return optimize(Graph([
        input_layer("x", (3, 8, 8)),
        conv("x", "a", 3, 6),
        layer("Clip", ["a"], ["ac"], {0: 0.0, 1: 6.0}),
        layer("Pooling", ["ac"], ["p"], {1: 2, 2: 2}),
        layer("Split", ["p"], ["p1", "p2", "p3"]),
        conv("p1", "b", 6, 4, seed=1),
        conv("p2", "c", 6, 4, seed=2),
        layer("ReLU", ["c"], ["cr"]),
        layer("Concat", ["b", "cr"], ["bc"]),
        layer("Concat", ["bc", "p3"], ["all"]),
        conv("all", "d", 14, 5, seed=3, spread=1e-3),
        layer("Pooling", ["d"], ["m"], {0: 1, 4: 1}),
        layer("BinaryOp", ["m"], ["y"], {0: 2, 1: 1, 2: 0.5}),
    ]))  # fmt: skip


def photos(count, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3, 8, 8)).astype(np.float32)


def to_int8(graph, table):
    graph, table, _ = replace_clip_with_relu(graph, table)
    return quantize(graph, table)


def test_what_shares_a_scale():
    groups = {group.blobs: group for group in tied_groups(branching())}
    assert set(groups) == {
        ("x",), ("a", "ac", "p", "p1", "p2", "p3", "b", "c", "cr", "bc", "all"), ("d",), ("m",), ("y",),
    }  # fmt: skip
    (joined,) = (group for group in groups.values() if "bc" in group.blobs)
    assert joined.representative == "all" and joined.ceiling == 6


def test_a_leaky_relu_is_judged_by_its_input():
    leaky = layer("ReLU", ["a"], ["r"], {0: 0.1})
    graph = optimize(Graph([input_layer("x", (1, 4, 4)), layer("AbsVal", ["x"], ["a"]), leaky]))
    assert [group.representative for group in tied_groups(graph)] == ["x", "a"]


@pytest.mark.parametrize("criterion", [maximum, percentile(99.9), least_square])
def test_scales_make_every_layer_exact_or_nearly(criterion):
    graph, x = branching(), photos(12)
    statistics, rows = collect(graph, x), snapped_rows(graph)
    scales = choose_blob_scales(graph, statistics, rows, criterion)
    assert set(scales) == set(graph.blob_names())
    for group in tied_groups(graph):
        assert len({scales[blob] for blob in group.blobs}) == 1
    assert scales["ac"] >= 127 / 6  # nothing above the Clip's limit can be said
    for made, read in (("a", "x"), ("d", "all")):
        ratio = scales[made] / (scales[read] * float(rows[made].min()))
        mult, shift = multiplier_and_shift(ratio)
        assert abs(mult * 2.0**-shift / ratio - 1) < 5e-3


def test_channel_multipliers_are_whole_numbers():
    graph = branching()
    for rows in (snapped_rows(graph), searched_rows(graph, photos(4))):
        for name in "abcd":
            row = rows[name]
            mults = row.min() / row.astype(np.float64) * 1024
            assert row.dtype == np.float32 and mults.max() == 1024
            np.testing.assert_allclose(mults, mults.round(), atol=1e-3)
            (weights,) = (line.blobs[0].data.reshape(len(row), -1) for line in graph.layers if line.name == name)
            assert (np.abs(weights).max(1) * row < 127.3).all()


def test_searched_rows_round_better_than_plain_ones():
    graph, x = as_graph(random_net(3)), pictures(24)[0]
    reference = run_float(graph, x, keep={"stem"})["stem"]
    errors = []
    for rows in (snapped_rows(graph), searched_rows(graph, x[:8])):
        rounded = graph.copy()
        stem = rounded.layers[1]
        weight, scale = stem.blobs[0].data.reshape(12, -1), rows["stem"][:, None]
        stem.blobs[0].data = (np.rint(weight * scale) / scale).astype(np.float32).ravel()
        out = run_float(rounded, x, keep={"stem"})["stem"]
        errors.append(np.square(np.where(reference > 0, out - reference, 0)).sum())
    assert errors[1] < 0.7 * errors[0]


def test_a_layer_without_weights_and_a_blob_without_values_get_scales():
    line = conv("x", "a", 3, 4)
    line.blobs[0].data = np.zeros_like(line.blobs[0].data)
    line.blobs[1].data = np.zeros_like(line.blobs[1].data)
    other = conv("ar", "b", 4, 4)
    other.blobs[0].data = (other.blobs[0].data.reshape(4, -1) * np.float32([[1], [0], [1], [1e-6]])).ravel()
    graph = optimize(Graph([input_layer("x", (3, 8, 8)), line, layer("ReLU", ["a"], ["ar"]), other]))
    choice = choose_table(graph, collect(graph, photos(4)), photos(4), photos(3, 1),
                          run_float(graph, photos(3, 1))["b"], to_int8)  # fmt: skip
    assert all(np.isfinite(row).all() and (row > 0).all() for row in choice.table.weight_scales.values())
    assert all(0 < scale < 1e6 for scale in choice.table.blob_scales.values())


def test_the_choice_is_measured_better_than_the_vendor_and_repeats():
    graph = as_graph(trained_net())
    x, _ = pictures(96, seed=9)
    calibration, selection, held_back = x[:16], x[16:40], x[40:]
    statistics = collect(graph, calibration)
    reference = run_float(graph, x)["y"]
    choice = choose_table(graph, statistics, calibration, selection, reference[16:40], to_int8)
    again = choose_table(graph, statistics, calibration, selection, reference[16:40], to_int8)
    assert format_table(choice.table) == format_table(again.table) and choice.method == again.method
    assert choice.scores[choice.method].samples == 24 and choice.method != VENDOR
    assert set(choice.tables) == set(candidate_tables(graph, statistics, calibration))

    def error(table):
        outputs = load_twin(to_int8(graph, table)).run(held_back)["y"]
        return np.linalg.norm(outputs - reference[40:]) / np.linalg.norm(reference[40:])

    assert error(choice.table) < 0.5 * error(choice.tables[VENDOR])


def test_tables_that_cannot_work_are_left_out():
    graph, x = branching(), photos(12)
    statistics, reference = collect(graph, x), run_float(graph, x)["y"]
    assert "m" not in candidate_tables(graph, statistics, x)[VENDOR].blob_scales
    choice = choose_table(graph, statistics, x[:8], x[8:], reference[8:], to_int8)
    assert VENDOR not in choice.scores or choice.method != VENDOR
    assert set(choice.table.blob_scales) == set(graph.blob_names())

    def refuse(graph, table):
        raise SpnnError("no")

    with pytest.raises(NoWorkingTableError, match=r"no table of scales .*: no$"):
        choose_table(graph, statistics, x[:8], x[8:], reference[8:], refuse)


def test_the_answer_that_must_agree_may_be_any():
    graph = as_graph(random_net())
    x, _ = pictures(24)
    seen = []

    def agreement(reference, outputs):
        seen.append(len(outputs))
        return 1.0

    choose_table(graph, collect(graph, x[:4]), x[:4], x[4:], run_float(graph, x[4:])["y"], to_int8, agreement)
    assert max(seen) == 20


def test_errors_of_scales():
    values = np.array([0.1, 0.5, 1.0, 2.0])
    counts = np.zeros(2048, np.int64)
    interval = np.float32(2.0) / np.float32(2048)
    np.add.at(counts, np.minimum((values / interval).astype(int), 2047), 10)
    blob = BlobStatistics(np.float32(2.0), counts, 100)
    (cut,) = rounding_error(blob, np.array([127 / 1.0]))
    assert cut == pytest.approx(1 / (values**2).sum(), rel=0.01)  # the 2 becomes a 1
    assert rounding_error(blob, np.array([127 / 2.0]))[0] < 1e-4
    assert gain_error(np.array([2.6 / 32767]))[0] == pytest.approx((3 / 2.6 - 1) ** 2, rel=1e-3)
    assert gain_error(exact_ratios(0.001, 0.01, 50)).max() < 1e-6
    assert exact_ratios(1e-6, 2e-6, 5).size == 0
    assert percentile(75)(blob) == pytest.approx(1.0, abs=0.01) and maximum(blob) == 2
