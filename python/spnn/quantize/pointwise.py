"""Quantize ReLU, PReLU, Pooling, BatchNorm and Eltwise (docs/spnn-format.md §4.4, §4.6)."""

from __future__ import annotations

import numpy as np

from spnn.format import constants as c
from spnn.format.arithmetic import CHANNEL_ONE, to_int16
from spnn.format.batchnorm_terms import batchnorm_terms
from spnn.format.cells import Value
from spnn.format.graph import Blob, Layer
from spnn.format.values import get_float, get_floats, get_int
from spnn.quantize.state import State

_RELU, _PRELU = 1, 2
_BATCHNORM_ONE = np.float32(128)
_PROD = 0


def quantize_relu(state: State, layer: Layer) -> dict[str, Value]:
    """A slope makes it a PReLU with one slope and without parameters."""
    ids = _rescale(state, layer)
    slope = get_float(layer, "slope")
    if slope == 0:
        return {**ids, "activation": _RELU}
    layer.type, layer.params = "PReLU", {}
    layer.blobs = [_slopes(np.array([slope], np.float32))]
    return {**ids, "activation": _PRELU}


def quantize_prelu(state: State, layer: Layer) -> dict[str, Value]:
    """int16 slopes, 1024 being 1."""
    layer.blobs = [_slopes(layer.blobs[0].values)]
    return {**_rescale(state, layer), "activation": _PRELU}


def quantize_pooling(state: State, layer: Layer) -> dict[str, Value]:
    """An average's divisor is not folded into the multiplier."""
    return _rescale(state, layer)


def quantize_batchnorm(state: State, layer: Layer) -> dict[str, Value]:
    """(x + bias) * mult: bias at the scale of the input, 128 being a mult of 1."""
    a, b = batchnorm_terms(layer)
    with np.errstate(all="ignore"):
        bias = to_int16(a / b * state.scale(layer, layer.bottoms[0]))
        mult = to_int16(b * _BATCHNORM_ONE)
    layer.blobs = [Blob(c.TAG_INT16, np.stack([bias, mult], axis=1).reshape(-1))]
    return _rescale(state, layer)


def quantize_eltwise(state: State, layer: Layer) -> dict[str, Value]:
    """The operand of the smaller scale is brought to the larger one first; coefficients are part of the scales."""
    if len(layer.bottoms) > 2:
        msg = f"it has {len(layer.bottoms)} inputs: it is flagged for the NPU, but cannot be quantised"
        state.log.warn("three_input_eltwise", layer.name, msg)
        return {}
    if get_int(layer, "op_type") == _PROD:
        state.log.warn("eltwise_product", layer.name, "the tool's multipliers of a product are wrong")
    coefficients = (*get_floats(layer, "coeffs"), 1.0, 1.0)[:2]
    with np.errstate(all="ignore"):
        first, second = (
            state.scale(layer, bottom) / np.float32(factor)
            for bottom, factor in zip((layer.bottoms * 2)[:2], coefficients, strict=True)
        )
        if len(layer.bottoms) == 1:
            second = first
        select = bool(first > second)
        high, low = (first, second) if select else (second, first)
        mult, shift = state.ratio(layer, state.scale(layer, layer.tops[0]) / high)
        operand_mult, operand_shift = state.ratio(layer, high / low)
    return {
        "quantised": 1,
        "output_mult": mult,
        "output_shift": shift,
        "operand_mult": operand_mult,
        "operand_shift": operand_shift,
        "operand_select": int(select),
    }


def _rescale(state: State, layer: Layer) -> dict[str, Value]:
    with np.errstate(all="ignore"):
        mult, shift = state.ratio(layer, state.scale(layer, layer.tops[0]) / state.scale(layer, layer.bottoms[0]))
    return {"quantised": 1, "output_mult": mult, "output_shift": shift}


def _slopes(slopes: np.ndarray) -> Blob:
    with np.errstate(all="ignore"):
        return Blob(c.TAG_INT16, to_int16(slopes * np.float32(CHANNEL_ONE)))
