"""The two ways to the sums of a convolution give the same whole numbers."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from spnn.run.board.float_sums import FloatSums
from spnn.run.board.int8_sums import Int8Sums, multiplies_int8
from spnn_peer import layer

needs_int8 = pytest.mark.skipif(not multiplies_int8(), reason="this processor has no instructions for 8-bit sums")

CASES = {
    "plain": ((2, 5, 9, 7), 4, {1: 3}),
    "padded": ((2, 5, 9, 7), 4, {1: 3, 4: 1}),
    "photo": ((1, 3, 32, 32), 16, {1: 7, 3: 2, 4: 3}),
    "pointwise": ((3, 40, 6, 5), 33, {1: 1}),
    "pointwise in steps": ((3, 40, 6, 5), 33, {1: 1, 3: 2}),
    "oblong": ((2, 6, 8, 10), 5, {1: 3, 11: 2, 3: 2, 13: 1, 4: 1, 14: 2}),
    "dilated": ((2, 6, 11, 12), 5, {1: 3, 11: 2, 2: 2, 12: 3}),
    "dilated downwards": ((2, 6, 11, 12), 5, {1: 3, 2: 1, 12: 3}),
    "uneven border": ((2, 4, 7, 7), 3, {1: 3, 4: 1, 15: 2, 14: 0, 16: 1}),
    "same": ((2, 4, 7, 8), 3, {1: 3, 3: 2, 4: -233}),
    "sums beyond 2^24": ((1, 2048, 4, 4), 2, {1: 3}),
    "vector": ((4, 70), 9, None),
    "volume": ((2, 7, 3, 4), 9, None),
}


def both(shape, outputs, params, q, weights):
    kind = "InnerProduct" if params is None else "Convolution"
    one = layer(kind, ["x"], ["y"], {0: outputs, **(params or {})})
    assert Int8Sums.suits(one, weights)
    return FloatSums(one, weights)(q), Int8Sums(one, weights)(q)


def weight_shape(shape, outputs, params):
    if params is None:
        return (outputs, *shape[1:], *[1] * (4 - len(shape)))
    return outputs, shape[1], params.get(11, params[1]), params[1]


@needs_int8
@pytest.mark.parametrize("extreme", [False, True], ids=["random", "largest"])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=["contiguous", "channels last"])
@pytest.mark.parametrize("name", CASES)
def test_both_ways_agree(name, layout, extreme):
    shape, outputs, params = CASES[name]
    rng = np.random.default_rng(1)
    values = [-128, 127] if extreme else range(-128, 128)
    q = torch.from_numpy(rng.choice(values, shape).astype(np.int8))
    weights = rng.choice(values, weight_shape(shape, outputs, params)).astype(np.int8)
    if extreme:
        q[0], weights[0] = -128, -128
    if q.ndim == 4:
        q = q.contiguous(memory_format=layout)
    in_float, in_int8 = both(shape, outputs, params, q, weights)
    assert in_int8.dtype == torch.int32 and in_int8.shape == in_float.shape
    assert torch.equal(in_int8.double(), in_float.double())
    if extreme and name == "sums beyond 2^24":
        assert in_float.dtype == torch.float64 and in_int8.abs().max() > 1 << 24


@needs_int8
def test_a_kernel_that_does_not_fit_is_refused():
    one = layer("Convolution", ["x"], ["y"], {0: 1, 1: 5})
    with pytest.raises(ValueError, match=r"a kernel of 5 x 5, dilation 1 x 1, does not fit into 4 x 4"):
        Int8Sums(one, np.ones((1, 1, 5, 5), np.int8))(torch.zeros(1, 1, 4, 4, dtype=torch.int8))


@pytest.mark.parametrize(
    ("params", "terms"), [({1: 1, 18: 1.0}, 3), ({1: 1}, 1 << 18)], ids=["border of ones", "sums beyond 2^31"]
)
def test_what_32_bits_cannot_hold_is_left_to_float(params, terms):
    weights = np.zeros((1, terms, 1, 1), np.int8)
    assert not Int8Sums.suits(layer("Convolution", ["x"], ["y"], {0: 1, **params}), weights)


@needs_int8
def test_a_processor_that_saturates_is_found_out():
    """AVX2 and AVX-512 without VNNI add pairs of products in 16 bits."""
    code = "from spnn.run.board.int8_sums import multiplies_int8; print(multiplies_int8())"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "python")}

    def printed(isa):
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, env={**env, "ONEDNN_MAX_CPU_ISA": isa}, capture_output=True, text=True, check=True, timeout=60
        ).stdout.strip()

    assert (printed("AVX2"), printed("ALL")) == ("False", "True")
