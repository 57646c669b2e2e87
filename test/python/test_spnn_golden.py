"""Every measured case of the vendor's tool, byte for byte (docs/spnn-format.md § Golden cases)."""

import json
import re
from pathlib import Path

import pytest
from spnn.format.model_files import encode_bin, encode_param, read_model, write_model
from spnn.format.table import read_table
from spnn.format.values import get_ints
from spnn.log import Log
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.shapes import infer_shapes

GOLDEN = Path(__file__).parents[1] / "fixtures" / "spnn" / "golden"
CASES = [case["name"] for case in json.loads((GOLDEN / "index.json").read_text())]


def model(case, stage):
    return read_model(GOLDEN / case / f"{stage}.param", GOLDEN / case / f"{stage}.bin")


def normalised(param):
    """Without the two words that depend on uninitialised memory of the vendor's tool."""
    param = param.replace(b" 24=0 25=1", b" 25=1")
    return re.sub(rb"(?m)^(BatchNorm .*?) 20=1", rb"\1", param)


@pytest.mark.parametrize("case", CASES)
def test_optimize(case):
    graph = optimize(model(case, "in"))
    assert encode_param(graph) == (GOLDEN / case / "opt.param").read_bytes()
    assert encode_bin(graph) == (GOLDEN / case / "opt.bin").read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_quantize(case):
    graph = quantize(model(case, "opt"), read_table(GOLDEN / case / "table"))
    assert normalised(encode_param(graph)) == normalised((GOLDEN / case / "int8.param").read_bytes())
    assert encode_bin(graph) == (GOLDEN / case / "int8.bin").read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_in_memory_is_the_same_as_through_files(case):
    graph = quantize(optimize(model(case, "in")), read_table(GOLDEN / case / "table"))
    assert normalised(encode_param(graph)) == normalised((GOLDEN / case / "int8.param").read_bytes())
    assert encode_bin(graph) == (GOLDEN / case / "int8.bin").read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_shapes_equal_the_tools_hints(case):
    graph = model(case, "opt")
    shapes = infer_shapes(graph)
    for layer in graph.layers:
        assert get_ints(layer, "output_shapes") == tuple(extent for top in layer.tops for extent in shapes[top])
        assert get_ints(layer, "input_shapes") == tuple(extent for bottom in layer.bottoms for extent in shapes[bottom])


@pytest.mark.parametrize("stage", ["in", "opt", "int8"])
@pytest.mark.parametrize("case", CASES)
def test_writer_is_the_inverse_of_the_reader(case, stage, tmp_path):
    graph = model(case, stage)
    assert graph.stage == {"in": "float", "opt": "optimised", "int8": "int8"}[stage]
    write_model(graph, tmp_path / "m.param", tmp_path / "m.bin")
    again = read_model(tmp_path / "m.param", tmp_path / "m.bin")
    assert (tmp_path / "m.bin").read_bytes() == (GOLDEN / case / f"{stage}.bin").read_bytes()
    if stage != "in":  # those were written by the tool itself, in its own form
        assert (tmp_path / "m.param").read_bytes() == (GOLDEN / case / f"{stage}.param").read_bytes()
    lines = [(layer.type, layer.name, layer.bottoms, layer.tops, layer.params) for layer in graph.layers]
    assert lines == [(layer.type, layer.name, layer.bottoms, layer.tops, layer.params) for layer in again.layers]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.bin", "m.param"]


def test_the_graph_given_is_left_alone():
    graph = model("conv_bn_scale", "in")
    before = encode_param(graph), encode_bin(graph)
    optimised = optimize(graph)
    assert (encode_param(graph), encode_bin(graph)) == before
    before = encode_param(optimised), encode_bin(optimised)
    quantize(optimised, read_table(GOLDEN / "conv_bn_scale" / "table"))
    assert (encode_param(optimised), encode_bin(optimised)) == before


@pytest.mark.parametrize(
    ("case", "lines"),
    [
        ("fc_flatten_fc", ["eliminate_flatten_after_innerproduct fc1 L3", "shape_inference"]),
        ("pool_1x1", ["eliminate_pooling1x1 r0 L1", "shape_inference"]),
        ("bn_dropout", ["fuse_batchnorm_scale bn1 L3", "shape_inference"]),
        (
            "dw_bn_clip",
            [
                "fuse_convolutiondepthwise_batchnorm dw1 bn3",
                "fuse_convolutiondepthwise_activation dw1 L5",
                "shape_inference",
                "CPU Layer [ConvolutionDepthWise] !",
            ],
        ),
    ],
)
def test_log_of_optimize(case, lines):
    log = Log()
    optimize(model(case, "in"), log)
    assert log.lines == lines


ODDITIES = {
    "binop_scalar_add": {"scalar_add"},
    "cal_concat": {"concat_scale"},
    "concat": {"concat_scale"},
    "cal_zero_blob": {"scale_zero", "multiplier_overflow"},
    "conv_1d": {"weight_size", "quantising_stopped"},
    "conv_act_in_param": {"activation_ignored"},
    "conv_act_leaky_in_param": {"activation_ignored"},
    "conv_allzero_ws": {"multiplier_overflow"},
    "conv_clip_int": {"parameter_rounded"},
    "conv_hugebias": {"multiplier_overflow"},
    "conv_impl": {"parameter_dropped"},
    "conv_padvalue": {"parameter_dropped"},
    "conv_ratio_huge": {"multiplier_overflow"},
    "conv_zero_ws": {"multiplier_overflow"},
    "deconv_outpad": {"parameter_dropped"},
    "elt_3": {"three_input_eltwise"},
    "elt_coef2": {"multiplier_overflow"},
    "elt_prod": {"eltwise_product"},
    "misc2": {"parameter_dropped"},
    "misc3": {"parameter_dropped"},
    "missing_w": {"not_quantised"},
    "relu_ratios": {"multiplier_overflow"},
}


@pytest.mark.parametrize("case", CASES)
def test_oddities_of_the_tool_are_named(case):
    log = Log()
    quantize(optimize(model(case, "in"), log), read_table(GOLDEN / case / "table"), log)
    assert {warning.code for warning in log.warnings} == ODDITIES.get(case, set())
