"""The same quantisation simulated another way: real numbers in float64, rounded to each blob's grid.

Works from the optimised network and the table, not from the int8 files: weights are rounded to
multiples of 1 / scale, blobs likewise, multipliers enter as the factors they really are.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from spnn.format.graph import Graph, Layer
from spnn.format.table import Table
from spnn.format.values import get_float, get_int
from torch import Tensor

Blobs = list[Tensor]
Scales = list[float]


def fake_quantised(graph: Graph, table: Table, x: np.ndarray) -> dict[str, np.ndarray]:
    """Every blob of `graph` for input `x` (n, c, h, w), as real numbers in float64."""
    scale = {name: float(np.float32(round(value, 6))) for name, value in table.blob_scales.items()}
    blobs = {}
    for layer in graph.layers:
        bottoms = [grid(blobs[b], scale[b]) for b in layer.bottoms]
        if layer.type == "Input":
            blobs[layer.tops[0]] = torch.from_numpy(x).double()
            continue
        s_in = [scale[b] for b in layer.bottoms]
        s_out = scale[layer.tops[0]]
        y = LAYERS[layer.type](layer, bottoms, s_in, s_out, table)
        for top in layer.tops:
            blobs[top] = y if layer.type in CPU else grid(y, scale[top])
    return {name: value.numpy() for name, value in blobs.items()}


def grid(x: Tensor, scale: float) -> Tensor:
    return (torch.sign(x) * torch.floor(torch.abs(x * scale) + 0.5 + 1e-9)).clamp(-128, 127) / scale


def gain(wanted: float) -> float:
    """The factor that 16 bits give for a wanted one, over the wanted one."""
    if wanted > 1:
        shift = math.floor(math.log2(32767 / wanted))
        return math.floor(wanted * 2**shift + 0.5) / 2**shift / wanted
    return math.floor(wanted * 32767 + 0.5) / 32768 / wanted


def convolution(layer: Layer, bottoms: Blobs, s_in: Scales, s_out: float, table: Table) -> Tensor:
    ws = np.float64(table.weight_scales[layer.name])
    weight = layer.blobs[0].values.astype(np.float64).reshape(get_int(layer, "num_output"), -1)
    rounded = np.clip(np.copysign(np.floor(np.abs(weight * ws[:, None]) + 0.5), weight), -127, 127) / ws[:, None]
    channel_gain = np.floor(ws.min() / ws * 1024 + 0.5) / 1024 * ws / ws.min()
    weight = torch.from_numpy(rounded * channel_gain[:, None])
    total_scale = s_in[0] * ws.min()
    if layer.type == "InnerProduct":
        y = F.linear(bottoms[0].flatten(1), weight)
    else:
        kernel = get_int(layer, "kernel_h"), get_int(layer, "kernel_w")
        weight = weight.reshape(get_int(layer, "num_output"), -1, *kernel)
        border = [get_int(layer, f"pad_{side}") for side in ("left", "right", "top", "bottom")]
        stride = get_int(layer, "stride_h"), get_int(layer, "stride_w")
        y = F.conv2d(F.pad(bottoms[0], border), weight, stride=stride)
    y = torch.round(y * total_scale) / total_scale
    if get_int(layer, "bias_term"):
        bias = torch.from_numpy(layer.blobs[1].values.astype(np.float64))
        y = y + (torch.round(bias * total_scale) / total_scale).reshape(-1, *[1] * (y.ndim - 2))
    return y * gain(s_out / total_scale)


def depthwise(layer: Layer, bottoms: Blobs, s_in: Scales, s_out: float, table: Table) -> Tensor:
    shape = get_int(layer, "num_output"), 1, get_int(layer, "kernel_h"), -1
    weight = torch.from_numpy(layer.blobs[0].values.astype(np.float64)).reshape(shape)
    bias = torch.from_numpy(layer.blobs[1].values.astype(np.float64))
    stride, pad, groups = (get_int(layer, name) for name in ("stride_w", "pad_left", "group"))
    y = F.conv2d(bottoms[0], weight, bias, stride, pad, 1, groups)
    return F.relu(y) if get_int(layer, "activation_type") == 1 else y


def relu(layer: Layer, bottoms: Blobs, s_in: Scales, s_out: float, table: Table) -> Tensor:
    slope = get_float(layer, "slope")
    y = F.leaky_relu(bottoms[0], math.floor(slope * 1024 + 0.5) / 1024) if slope else F.relu(bottoms[0])
    return (torch.round(y * s_in[0]) / s_in[0] if slope else y) * gain(s_out / s_in[0])


def pooling(layer: Layer, bottoms: Blobs, s_in: Scales, s_out: float, table: Table) -> Tensor:
    x = bottoms[0]
    average, kernel, step = (get_int(layer, name) for name in ("pooling_type", "kernel_w", "stride_w"))
    if get_int(layer, "global_pooling"):
        y = x.mean((-2, -1)) if average else x.amax((-2, -1))
    else:
        pool = F.avg_pool2d if average else F.max_pool2d
        y = pool(x, kernel, step, ceil_mode=get_int(layer, "pad_mode") == 0)
    return y * gain(s_out / s_in[0])


def eltwise(layer: Layer, bottoms: Blobs, s_in: Scales, s_out: float, table: Table) -> Tensor:
    high, low = max(s_in), min(s_in)
    scaled = [
        torch.round(x * s * gain(high / low) * high / low) / high if s == low and high != low else x
        for x, s in zip(bottoms, s_in, strict=True)
    ]
    return (scaled[0] + scaled[1]) * gain(s_out / high)


LAYERS: dict[str, Callable[..., Tensor]] = {
    "Convolution": convolution,
    "ConvolutionDepthWise": depthwise,
    "Eltwise": eltwise,
    "InnerProduct": convolution,
    "Pooling": pooling,
    "ReLU": relu,
    "Softmax": lambda layer, bottoms, *_: bottoms[0].softmax(1),
    "Split": lambda layer, bottoms, *_: bottoms[0],
}
CPU = ("ConvolutionDepthWise", "Softmax")
