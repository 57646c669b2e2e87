"""The table of layer parameters: what docs/spnn-format.md says, and that the program goes by its names."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from spnn.format.added_params import LATER_PARAMS, tool_params
from spnn.format.constants import ARRAY_BASE, FLT_MAX
from spnn.format.graph import Layer
from spnn.format.layers import LAYER_TYPES
from spnn.format.values import (
    PARAMS,
    UnknownParamError,
    drop_params,
    find_param,
    get_float,
    get_floats,
    get_int,
    get_ints,
    has_param,
    params_of,
    set_param,
)

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "spnn-format.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"(\d+) (\w+)(?:=([^\s,]+))?(?: \((f|a|a, float)\))?( opt-only)?")
KINDS = {"": "int", "f": "float", "a": "ints", "a, float": "floats"}


def section(title):
    """The text from a heading to the next one of any level."""
    return re.search(rf"^#+ {re.escape(title)}.*\n((?:(?!#).*\n?)*)", DOCUMENT, re.MULTILINE)[1]


def tables_of(title):
    """Layer type → (id, name, default, kind, opt_only) of every parameter, as the document lists them."""
    rows = [line.strip("| ").split(" | ") for line in section(title).splitlines() if re.match(r"\| [A-Z]\w+ \|", line)]
    return {kind: [entry_of(match.groups("")) for match in ENTRY.finditer(text)] for kind, text in rows}


def entry_of(groups):
    key, name, default, kind, opt_only = groups
    named = {"FLT_MAX": FLT_MAX, "-FLT_MAX": -FLT_MAX, "": 0}
    value = float(default) if re.fullmatch(r"-?[\d.]+", default) else named.get(default, default)
    return int(key), name, value, KINDS[kind], bool(opt_only)


def listed(params):
    return [(param.id, param.name, param.default, param.kind, param.opt_only) for param in params]


def test_the_layer_types_are_those_of_the_appendix():
    appendix = tables_of("Appendix: parameters per layer type")
    assert len(appendix) > 40
    assert {name: listed(kind.params) for name, kind in LAYER_TYPES.items() if kind.params} == appendix


def test_what_pnnx_adds_is_what_the_document_lists():
    listed_there = tables_of("8.4 Parameters of a later ncnn")
    assert {name: listed(params) for name, params in LATER_PARAMS.items()} == listed_there


def test_what_the_tool_adds_is_what_the_document_lists():
    rows = re.findall(r"^\| (-?\d[\d,]*) \| ([\w, ]+) \| ([\w/, ]+) \|", section("1.1 Text"), re.MULTILINE)
    pairs = [
        (ARRAY_BASE - int(key) if int(key) < 0 else int(key), name, where)
        for keys, names, where in rows
        for key, name in zip(keys.split(","), names.split(", "), strict=True)
    ]
    types = {"opt": LAYER_TYPES, "int8": LAYER_TYPES, "int8 conv/fc": ("Convolution", "InnerProduct"),
             "int8 Eltwise": ("Eltwise",), "int8 ReLU, PReLU": ("ReLU", "PReLU")}  # fmt: skip
    for kind in LAYER_TYPES:
        added = {(param.id, param.name) for param in tool_params(kind)} - {(1, "fixbug0")}
        assert added == {(key, name) for key, name, where in pairs if kind in types[where]}, kind


def test_an_omitted_multiplier_is_what_the_document_says():
    ones, zeros = re.search(r"21 -> \*\*1\*\* for ([\w, ]+), \*\*0\*\* for ([\w, ]+);", section("1.1 Text")).groups()
    for kinds, default in ((ones, 1), (zeros, 0)):
        for kind in kinds.split(", "):
            assert get_int(Layer(kind, "l"), "output_mult") == default, kind


def test_every_section_is_a_heading():
    headings = re.findall(r"^#+ (.+)$", DOCUMENT, re.MULTILINE)
    found = {param.section for table in PARAMS.values() for param in table.values()}
    assert found == {"Appendix", "1.1", "8.4"}
    for name in found:
        assert any(re.match(rf"{re.escape(name)}\b", heading) for heading in headings), name


def test_a_name_stands_for_one_parameter():
    for kind, table in PARAMS.items():
        entries = [*LAYER_TYPES[kind].params, *tool_params(kind), *LATER_PARAMS.get(kind, ())]
        assert len(table) == len(entries), kind
        for param in table.values():
            assert not isinstance(param.default, str) or param.default in table


@pytest.mark.parametrize("access", [get_int, get_float, get_ints, get_floats, has_param, drop_params])
def test_an_unknown_name_is_an_error_with_the_type(access):
    with pytest.raises(UnknownParamError, match="type ReLU has no parameter 'kernel_w': it has slope"):
        access(Layer("ReLU", "l"), "kernel_w")
    with pytest.raises(UnknownParamError, match="no layer of type Swish"):
        access(Layer("Swish", "l"), "beta")


def test_an_unknown_name_cannot_be_written():
    with pytest.raises(UnknownParamError, match="type Clip has no parameter 'minimum'"):
        params_of("Clip", minimum=0.0)
    with pytest.raises(UnknownParamError, match="type Clip has no parameter 'slope'"):
        set_param(Layer("Clip", "l"), "slope", 0.0)


def test_values_and_defaults_by_name():
    layer = Layer("Convolution", "l", params={1: 3, 12: 2, 10: (0.0, 6.0), 9: 3})
    assert [get_int(layer, name) for name in ("kernel_w", "kernel_h", "dilation_w", "dilation_h")] == [3, 3, 1, 2]
    assert get_floats(layer, "activation_params") == (0.0, 6.0) and not has_param(layer, "bias_term")
    drop_params(layer, "activation_type", "activation_params", "bias_term")
    set_param(layer, "bias_term", 1)
    assert layer.params == {1: 3, 12: 2, 5: 1}
    assert get_float(Layer("ELU", "l"), "alpha") == float(np.float32(0.1))
    assert params_of("Clip", max=6.0, min=0.0) == {1: 6.0, 0: 0.0}


def test_axes_are_read_from_both_numbers():
    for params in ({0: (1,)}, {3: (1,)}, {0: (2,), 3: (1,)}):
        assert get_ints(Layer("Squeeze", "l", params=params), "axes") == (1,)
        assert get_ints(Layer("ExpandDims", "l", params=params), "axes") == (1,)
    assert find_param("Squeeze", "axes").id == 0


def numbered_accesses(text):
    """Lines that reach into `params` by a number, or that make a layer's parameters from numbers."""
    for node in ast.walk(ast.parse(text)):
        of_params = isinstance(getattr(node, "value", None), ast.Attribute) and node.value.attr == "params"
        if isinstance(node, ast.Subscript) and of_params and is_number(node.slice):
            yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
            owner = node.func.value
            if isinstance(owner, ast.Attribute) and owner.attr == "params" and node.args and is_number(node.args[0]):
                yield node.lineno
        made = node.args + [word.value for word in node.keywords] if isinstance(node, ast.Call) else []
        if isinstance(node, ast.Assign) and any(getattr(target, "attr", "") == "params" for target in node.targets):
            made = [node.value]
        for value in made:
            if isinstance(value, ast.Dict) and value.keys and any(is_number(key) for key in value.keys):
                yield value.lineno


def is_number(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def test_the_program_goes_by_names():
    files = [file for folder in ("spnn", "mai/convert") for file in (ROOT / "python" / folder).rglob("*.py")]
    assert len(files) > 100
    found = [(file.name, line) for file in files for line in numbered_accesses(file.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "x = layer.params[5]", "layer.params[5] = 1", "layer.params.get(18, 0)", "layer.params.pop(9, None)",
        "Layer('Clip', 'c', [], [], {0: 0.0})", "Layer('Clip', 'c', params={0: 0.0})", "layer.params = {**hints, 0: 1}",
        "del layer.params[1]",
    ],
)  # fmt: skip
def test_numbers_are_found(line):
    assert list(numbered_accesses(line))
