"""Thousands of damaged models: each is read and converted, or refused with SpnnFormatError; nothing else."""

import random
import resource
import sys
from pathlib import Path

import pytest
from spnn.errors import SpnnFormatError
from spnn.format.bin import attach_blobs
from spnn.format.check_layers import check_layers
from spnn.format.model_files import encode_bin, encode_param
from spnn.format.param import parse_param
from spnn.format.table import Table, parse_table
from spnn.inspect import inspect
from spnn.passes import optimize
from spnn.quantize import quantize
from spnn.shapes import infer_shapes

GOLDEN = Path(__file__).parents[1] / "fixtures" / "spnn" / "golden"
SEEDS = ["misc", "misc2", "elt_coef", "deconv_outpad", "dw_bn_clip", "fc_dropout", "split_diff", "slice", "fp16_odd",
         "conv_1d", "missing_w", "leaky", "cpu_crop", "pool_asym", "binop_bcast", "softmax_neg_axis"]  # fmt: skip
ODD_NUMBERS = [b"0", b"-1", b"-233", b"-234", b"1", b"2", b"7", b"2147483647", b"-2147483648", b"65536", b"99999999999",
               b"1e9", b"0.5", b"nan", b"inf", b"1e39", b"-0.0", b"", b"\xff"]  # fmt: skip
MEGABYTES = 1 if sys.platform == "darwin" else 1024


def convert(param, weights, table):
    graph = parse_param(param)
    check_layers(graph)
    attach_blobs(graph, weights)
    infer_shapes(graph)
    inspect(graph)
    encode_param(graph)
    encode_bin(graph)
    if graph.stage != "int8":
        optimised = optimize(graph)
        encode_param(optimised)
        quantize(optimised, table)
        quantize(graph, table)  # with the hints of the file itself, damaged or absent


def damage(data, rng, is_text):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        kind = rng.randrange(6)
        place = rng.randrange(len(data) + 1)
        if kind == 0 and data:
            data[place % len(data)] = rng.randrange(256)
        elif kind == 1:
            del data[place:]
        elif kind == 2:
            del data[place : place + rng.randrange(1, 40)]
        elif kind == 3:
            data[place:place] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9)))
        elif kind == 4:
            start = rng.randrange(len(data) + 1)
            data[place:place] = data[start : start + rng.randrange(1, 80)]
        elif is_text:
            words = bytes(data).split(b" ")
            index = rng.randrange(len(words))
            key, equals, value = words[index].partition(b"=")
            cells = value.split(b",")
            cells[rng.randrange(len(cells))] = rng.choice(ODD_NUMBERS)
            words[index] = key + b"=" + b",".join(cells) if equals else rng.choice(ODD_NUMBERS)
            data = bytearray(b" ".join(words))
        else:
            data[place - place % 4 : place - place % 4 + 4] = rng.randrange(2**32).to_bytes(4, "little")
    return bytes(data)


def attempt(param, weights, table):
    """True if the model was refused."""
    try:
        convert(param, weights, table)
    except SpnnFormatError as error:
        assert isinstance(error.offset, int)
        assert error.offset >= 0
        assert error.reason
        return True
    return False


@pytest.mark.parametrize("stage", ["in", "opt", "int8"])
def test_damaged_models(stage):
    rng = random.Random(f"spnn {stage}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    for number in range(1500):
        case = GOLDEN / SEEDS[number % len(SEEDS)]
        param, weights = (case / f"{stage}.param").read_bytes(), (case / f"{stage}.bin").read_bytes()
        if number % 3 == 2:
            weights = damage(weights, rng, False)
        else:
            param = damage(param, rng, True)
        refused += attempt(param, weights, parse_table((case / "table").read_text()))
    assert refused > 500  # the damage is real
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / MEGABYTES < 300 * 1024 / 1024


def test_damaged_tables():
    rng = random.Random("spnn table")
    for number in range(600):
        case = GOLDEN / SEEDS[number % len(SEEDS)]
        text = damage((case / "table").read_bytes(), rng, True).decode("latin-1")
        graph = parse_param((case / "opt.param").read_bytes())
        attach_blobs(graph, (case / "opt.bin").read_bytes())
        try:
            encode_bin(quantize(graph, parse_table(text)))
        except SpnnFormatError as error:
            assert error.reason


def test_random_bytes():
    rng = random.Random("noise")
    for size in (0, 1, 7, 100, 5000):
        noise = rng.randbytes(size)
        assert attempt(noise, noise, Table())
        assert attempt(b"7767517\n" + noise, b"", Table())
