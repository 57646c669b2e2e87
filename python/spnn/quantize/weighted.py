"""Quantize Convolution and InnerProduct (docs/spnn-format.md §4.2, §4.3)."""

from __future__ import annotations

import numpy as np

from spnn.format import constants as c
from spnn.format.arithmetic import CHANNEL_ONE, INT16_MAX, to_int16, to_int32
from spnn.format.cells import Value
from spnn.format.graph import Blob, Layer
from spnn.format.values import get_int
from spnn.format.weight_order import direct_order, image_order
from spnn.quantize.hints import input_hint
from spnn.quantize.state import State
from spnn.shapes import Shape

_LARGEST_WEIGHT = 127
_PART = 1 << 15  # weights that are rounded together
_PADS = ("pad_left", "pad_right", "pad_top", "pad_bottom")


def quantize_weighted(state: State, layer: Layer) -> dict[str, Value]:
    """Replace the float blocks of `layer` by int8 ones; returns the parameters that say how."""
    bottom = input_hint(state, layer)
    row = _usable_row(state, layer, bottom)
    if row is None:
        layer.blobs = [Blob(c.TAG_FLOAT32, blob.values) for blob in layer.blobs]
        layer.blobs.append(Blob(c.TAG_FLOAT32, np.zeros(0, np.float32)))
        return {}
    weights = _weights(state, layer, bottom)
    image = _reads_image(state, layer, bottom)
    with np.errstate(all="ignore"):
        smallest = row[0] if np.isnan(row[0]) else np.fmin.reduce(row)
        outputs = len(weights)
        blobs = [Blob(c.TAG_INT8, (image_order if image else direct_order)(_scaled(weights, row[:outputs])))]
        # S of the specification: the scale of the sum of products once all channels share the smallest weight scale
        sum_scale = state.scale(layer, layer.bottoms[0]) * smallest
        ids: dict[str, Value] = {"image_order": 1} if image else {}
        ids["quantised"] = 1
        ids["output_mult"], ids["output_shift"] = state.ratio(layer, state.scale(layer, layer.tops[0]) / sum_scale)
        if get_int(layer, "bias_term"):
            bias, ratio = _bias(layer.blobs[1].values, sum_scale)
            blobs.append(Blob(c.TAG_INT16, bias))
            ids["bias_block"] = 2
        else:
            ratio = None
        ids["channel_mult"] = 1
        if ratio is not None:
            ids["bias_mult"], ids["bias_shift"] = state.ratio(layer, ratio)
        channel_mult = smallest / row[:outputs] * np.float32(CHANNEL_ONE)
        blobs.append(Blob(c.TAG_INT16, to_int16(channel_mult)))
    layer.blobs = blobs
    return ids


def _scaled(weights: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The weights (k, ...) times the scale of their output, as int8; in parts that stay in the processor's cache."""
    result = np.empty(weights.shape, np.int8)
    at_once = max(1, _PART * len(weights) // weights.size)
    for k in range(0, len(weights), at_once):
        part = slice(k, k + at_once)
        whole = to_int32(weights[part] * row[part, None, None, None])
        np.clip(whole, -_LARGEST_WEIGHT, _LARGEST_WEIGHT, out=result[part], casting="unsafe")
    return result


def _bias(bias: np.ndarray, sum_scale: np.float32) -> tuple[np.ndarray, np.float32 | None]:
    """int16 bias, and the factor by which it is too small where it did not fit."""
    largest = np.fmax.reduce(np.abs(bias), initial=np.float32(0)) * sum_scale
    limit = np.float32(INT16_MAX)
    if largest <= limit:
        return to_int16(bias * sum_scale), None
    return to_int16(bias * (sum_scale * limit / largest)), largest / limit


def _usable_row(state: State, layer: Layer, bottom: Shape) -> np.ndarray | None:
    """The layer's weight scales, or None (and the tool's message) where it stays float."""
    group = f"quantize_{layer.type.lower()}"
    if layer.type == "Convolution" and state.stopped:
        msg = "an earlier Convolution could not be quantised, and the tool then leaves all later ones float"
        state.log.warn("quantising_stopped", layer.name, msg)
        return None
    row = state.table.weight_scales.get(layer.name)
    if row is None:
        state.say(group, "this layer need to be quantized, but no scale param!")
        msg = f"the table has no row {layer.name}_param_0: its weights stay float"
        state.log.warn("not_quantised", layer.name, msg)
        return None
    outputs, size = get_int(layer, "num_output"), get_int(layer, "weight_data_size")
    if layer.type == "Convolution":
        expected = outputs * get_int(layer, "kernel_w") * get_int(layer, "kernel_h") * bottom.c
        if expected != size:
            state.stopped = True
            state.say(group, "Error: weight size maybe not correct!")
            msg = f"it has {size} weights where its input of {bottom.c} channels asks for {expected}: they stay float"
            state.log.warn("weight_size", layer.name, msg + " (behind global pooling use InnerProduct)")
            return None
    if len(row) < outputs:
        raise state.refuse(layer, f"the table has {len(row)} weight scales for {outputs} outputs")
    return row


def _weights(state: State, layer: Layer, bottom: Shape) -> np.ndarray:
    """(outputs, channels, height, width) float32."""
    outputs, values = get_int(layer, "num_output"), layer.blobs[0].values
    if layer.type == "Convolution":
        shape = (outputs, bottom.c, get_int(layer, "kernel_h"), get_int(layer, "kernel_w"))
    else:
        shape = (outputs, bottom.w, 1, 1) if bottom.dims == 1 else (outputs, bottom.c, bottom.h, bottom.w)
    if min(shape) < 1 or np.prod(shape, dtype=object) != len(values):
        raise state.refuse(layer, f"{len(values)} weights cannot be {' x '.join(map(str, shape))}")
    return values.reshape(shape)


def _reads_image(state: State, layer: Layer, bottom: Shape) -> bool:
    if layer.bottoms[0] != state.image_blob:
        return False
    if layer.type == "InnerProduct":
        return True
    return all(get_int(layer, pad) == 0 for pad in _PADS) and bottom.w * bottom.c % 8 == 0
