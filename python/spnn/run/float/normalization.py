"""Compute the layers that normalise: BatchNorm, InstanceNorm, MVN, Normalize, LRN, Softmax."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from spnn.format.graph import Layer
from spnn.format.values import get_float, get_int
from spnn.run.float.registry import kernel, only_axis, per_channel, weights


@kernel("BatchNorm")
def _batch_norm(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    slope, mean, variance, bias = (weights(layer, index) for index in range(4))
    factor = slope / (variance + get_float(layer, "eps")).sqrt()
    return x * per_channel(factor, x) + per_channel(bias - mean * factor, x)


@kernel("InstanceNorm")
def _instance_norm(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    centred = x - x.mean((-2, -1), keepdim=True)
    y = centred / (centred.square().mean((-2, -1), keepdim=True) + get_float(layer, "eps")).sqrt()
    return y * per_channel(weights(layer, 0), x) + per_channel(weights(layer, 1), x) if layer.blobs else y


@kernel("MVN")
def _mvn(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    axes = (-3, -2, -1) if get_int(layer, "across_channels") else (-2, -1)
    centred = bottoms[0] - bottoms[0].mean(axes, keepdim=True)
    if not get_int(layer, "normalize_variance"):
        return centred
    return centred / (centred.square().mean(axes, keepdim=True).sqrt() + get_float(layer, "eps"))


@kernel("Normalize")
def _normalize(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, eps, mode = bottoms[0], get_float(layer, "eps"), get_int(layer, "eps_mode")
    axes = ([-3] if get_int(layer, "across_channel") else []) + ([-2, -1] if get_int(layer, "across_spatial") else [])
    total = x.square().sum(axes, keepdim=True) if axes else x.square()
    if mode == 0:
        length = (total + eps).sqrt()
    elif mode == 1:
        length = total.sqrt().clamp(min=eps)
    else:
        length = total.clamp(min=eps).sqrt()
    scale = weights(layer, 0)
    return x / length * (scale if get_int(layer, "channel_shared") else per_channel(scale, x))


@kernel("LRN")
def _lrn(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, size = bottoms[0], get_int(layer, "local_size")
    alpha, beta, bias = (get_float(layer, name) for name in ("alpha", "beta", "bias"))
    before, behind = size // 2, size - size // 2 - 1
    square = x.square()
    if get_int(layer, "region_type") == 0:  # across channels
        padded = F.pad(square, (0, 0, 0, 0, before, behind))
        mean = padded.unfold(1, size, 1).mean(-1)
    else:
        mean = F.avg_pool2d(F.pad(square, (before, behind, before, behind)), size, 1)
    return x * (bias + alpha * mean) ** -beta


@kernel("Softmax")
def _softmax(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return bottoms[0].softmax(only_axis(get_int(layer, "axis"), bottoms[0]))
