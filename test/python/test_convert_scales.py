"""What happens between the table and the int8 network: Clips, Concats, and scales that cannot work."""

from __future__ import annotations

import numpy as np
import pytest
from mai.convert.check_int8 import check_int8, check_table
from mai.convert.evaluation.classification import ClassificationEvaluation
from mai.convert.evaluation.samples import Samples
from mai.convert.evaluation.sets import SampleSets
from mai.convert.int8_network import quantised, write_int8
from mai.convert.replace_clip_with_relu import replace_clip_with_relu
from mai.convert.replace_coarse_batchnorm import replace_coarse_batchnorm
from mai.convert.scales import choose_scales
from mai.convert.tie_concat_scales import tie_concat_scales
from mai.errors import MaiError
from spnn.calibrate import calibrate
from spnn.format.graph import Blob, Graph, Layer
from spnn.format.model_files import read_model
from spnn.format.table import Table, read_table
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.run.board import load_twin
from spnn.run.float import run_float

RNG = np.random.default_rng(7)


def convolution(name: str, bottom: str, top: str, inputs: int, outputs: int) -> Layer:
    weights = RNG.normal(size=(outputs, inputs, 3, 3)) / np.sqrt(9 * inputs)
    params = {0: outputs, 1: 3, 4: 1, 5: 1, 6: weights.size}
    return Layer("Convolution", name, [bottom], [top], params,
                 [Blob.tagged(weights), Blob.raw(RNG.normal(size=outputs))])  # fmt: skip


def source() -> Layer:
    return Layer("Input", "input0", [], ["input0"], {0: 8, 1: 8, 2: 3})


def clipped(highest: float = 1.0, lowest: float = 0.0) -> Graph:
    return optimize(Graph([
        source(), convolution("conv", "input0", "raw", 3, 8),
        Layer("Clip", "clip", ["raw"], ["between"], {0: lowest, 1: highest}),
        convolution("last", "between", "output0", 8, 4),
    ]))  # fmt: skip


def pictures(count: int = 6) -> np.ndarray:
    return RNG.normal(size=(count, 3, 8, 8)).astype(np.float32)


class TestClip:
    def test_becomes_relu_and_the_saturation_clips(self) -> None:
        graph, x = clipped(), pictures()
        prepared, table, replaced = replace_clip_with_relu(graph, calibrate(graph, x))
        assert replaced == ["clip"]
        assert [layer.type for layer in graph.layers] == ["Input", "Convolution", "Clip", "Convolution"]  # untouched
        assert [layer.type for layer in prepared.layers] == ["Input", "Convolution", "ReLU", "Convolution"]
        board = load_twin(quantize(prepared, table)).run(x, keep=["between"])["between"]
        exact = run_float(graph, x, keep=["between"])["between"]
        assert board.max() <= 1.0 + 1e-6
        assert np.abs(board - exact).max() < 0.06  # two steps of the unclipped convolution

    def test_a_scale_with_room_above_the_limit_is_raised(self) -> None:
        graph = clipped(highest=1.0)
        table = calibrate(graph, pictures())
        table.blob_scales["between"] = 127 / 1.5
        _, tied, _ = replace_clip_with_relu(graph, table)
        assert tied.blob_scales["between"] == pytest.approx(127)
        assert table.blob_scales["between"] == pytest.approx(127 / 1.5)

    def test_of_another_kind_stays_on_the_cpu(self) -> None:
        graph = clipped(highest=1.0, lowest=-1.0)
        assert replace_clip_with_relu(graph, calibrate(graph, pictures()))[2] == []


class TestBatchNorm:
    """One that no convolution could take, first in the network."""

    def network(self, slope: np.ndarray) -> Graph:
        others = (np.array([0.1, 0.2, 0.3]), np.ones(3), np.array([0.5, 0, -1.0]))  # mean, variance, bias
        blobs = [Blob.raw(values) for values in (slope, *others)]
        norm = Layer("BatchNorm", "norm", ["input0"], ["n"], {0: 3, 1: 1e-5}, blobs)
        return optimize(Graph([source(), norm, convolution("last", "n", "output0", 3, 4)]))

    def test_stays_on_the_npu_where_its_numbers_fit(self) -> None:
        graph, replaced = replace_coarse_batchnorm(self.network(np.array([1.0, 0.5, 2.0])))
        assert replaced == [] and graph.layers[1].type == "BatchNorm"

    @pytest.mark.parametrize("slope", [[0.003, 1, 1], [0.0, 1, 1], [300.0, 1, 1]])
    def test_becomes_a_scale_where_they_do_not(self, slope: list[float]) -> None:
        before, x = self.network(np.array(slope)), pictures()
        graph, replaced = replace_coarse_batchnorm(before)
        assert replaced == ["norm"]
        exact = run_float(before, x)["output0"]
        assert np.allclose(run_float(graph, x)["output0"], exact, rtol=1e-4, atol=1e-4)
        assert quantize(graph, calibrate(graph, x)).layers[1].type == "Scale"


def nested_concat() -> Graph:
    """Two Concats, the inner one's result also used on its own through a Split."""
    return optimize(Graph([
        source(), Layer("Split", "s", ["input0"], ["a", "b", "c"]),
        convolution("one", "a", "x", 3, 4), convolution("two", "b", "y", 3, 4), convolution("three", "c", "z", 3, 4),
        Layer("Concat", "inner", ["x", "y"], ["xy"]), Layer("Concat", "outer", ["xy", "z"], ["xyz"]),
        convolution("last", "xyz", "output0", 12, 4),
    ]))  # fmt: skip


def test_nested_concats_are_tied_all_the_way() -> None:
    graph, x = nested_concat(), pictures()
    vendor = calibrate(graph, x)
    assert vendor.blob_scales["x"] != vendor.blob_scales["xyz"]  # the tool's bug
    table, changed = tie_concat_scales(graph, vendor)
    assert set(changed) == {"x", "y"}
    assert len({table.blob_scales[name] for name in ("x", "y", "xy", "z", "xyz")}) == 1
    exact = run_float(graph, x)["output0"]
    error = {
        name: np.linalg.norm(load_twin(quantize(graph, each)).run(x)["output0"] - exact)
        for name, each in (("vendor", vendor), ("tied", table))
    }
    assert error["tied"] <= error["vendor"]


@pytest.mark.parametrize("spoil", [
    lambda table: table.weight_scales.pop("last"),
    lambda table: table.weight_scales.update(last=np.ones(3, np.float32)),
    lambda table: table.weight_scales.update(last=np.full(4, 3.4028234663852886e38, np.float32)),
    lambda table: table.blob_scales.pop("output0"),
    lambda table: table.blob_scales.update(between=float("inf")),
    lambda table: table.blob_scales.update(raw=0.0),
])  # fmt: skip
def test_a_table_without_a_usable_scale_is_refused_by_the_layer(spoil) -> None:
    graph = clipped()
    table = calibrate(graph, pictures())
    check_table(graph, table)
    spoil(table)
    with pytest.raises(MaiError) as caught:
        check_table(graph, table)
    assert caught.value.params["layer"] in ("last", "clip", "conv")


def test_a_dead_network_is_refused() -> None:
    graph = clipped()
    dead = graph.copy()
    dead.layers[1].blobs[1] = Blob.raw(np.full(8, -100.0))  # nothing ever passes the Clip
    with pytest.raises(MaiError, match="always zero"):
        quantised(dead, calibrate(dead, pictures()))


def test_multipliers_that_cannot_work_are_refused() -> None:
    graph = clipped()
    table = calibrate(graph, pictures())
    table.blob_scales["output0"] = 1e12
    with pytest.raises(MaiError, match="multiplier"):
        check_int8(quantize(graph, table))


def test_the_three_files_give_the_same_int8_network(tmp_path) -> None:
    graph, x = clipped(), pictures()
    write_int8(tmp_path, graph, calibrate(graph, x))
    again = quantize(read_model(tmp_path / "model_opt.param", tmp_path / "model_opt.bin"),
                     read_table(tmp_path / "model_opt.table"))  # fmt: skip
    from spnn.format.write_bytes import encode_bin, encode_param

    assert encode_param(again) == (tmp_path / "model_int8.param").read_bytes()
    assert encode_bin(again) == (tmp_path / "model_int8.bin").read_bytes()
    assert isinstance(read_table(tmp_path / "model_opt.table"), Table)


def test_a_network_that_answers_everything_alike_is_to_be_trained_longer() -> None:
    """Weights of almost nothing beside a bias: what a detector is after one epoch."""
    last = convolution("last", "between", "output0", 8, 4)
    last.blobs[0] = Blob.tagged(np.full((4, 8, 3, 3), 1e-9))
    graph = optimize(Graph([source(), convolution("conv", "input0", "between", 3, 8), last]))

    def samples(count: int) -> Samples:
        return Samples(tuple(map(str, range(count))), pictures(count), (0,) * count, tuple(range(count)))

    evaluation = ClassificationEvaluation(("a", "b"), lambda x: samples(len(x)), lambda name: 0)
    sets = SampleSets(samples(8), samples(8), samples(8), samples(0), 8)
    with pytest.raises(MaiError, match="more epochs") as caught:
        choose_scales("auto", graph, sets, evaluation)
    assert caught.value.code == "network_not_ready"
    assert "last" in caught.value.params["reason"]
