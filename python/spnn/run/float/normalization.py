"""Layers that normalise: BatchNorm, InstanceNorm, MVN, Normalize, LRN, Softmax."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from spnn.format.graph import Layer
from spnn.run.float.registry import kernel, only_axis, per_channel, weights


@kernel("BatchNorm")
def _batch_norm(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    slope, mean, variance, bias = (weights(layer, index) for index in range(4))
    factor = slope / (variance + layer.float(1)).sqrt()
    return x * per_channel(factor, x) + per_channel(bias - mean * factor, x)


@kernel("InstanceNorm")
def _instance_norm(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x = bottoms[0]
    centred = x - x.mean((-2, -1), keepdim=True)
    y = centred / (centred.square().mean((-2, -1), keepdim=True) + layer.float(1, 0.001)).sqrt()
    return y * per_channel(weights(layer, 0), x) + per_channel(weights(layer, 1), x) if layer.blobs else y


@kernel("MVN")
def _mvn(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    axes = (-3, -2, -1) if layer.int(1) else (-2, -1)
    centred = bottoms[0] - bottoms[0].mean(axes, keepdim=True)
    if not layer.int(0):
        return centred
    return centred / (centred.square().mean(axes, keepdim=True).sqrt() + layer.float(2, 0.0001))


@kernel("Normalize")
def _normalize(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, eps, mode = bottoms[0], layer.float(2, 0.0001), layer.int(9)
    axes = ([-3] if layer.int(4, 1) else []) + ([-2, -1] if layer.int(0) else [])
    total = x.square().sum(axes, keepdim=True) if axes else x.square()
    if mode == 0:
        length = (total + eps).sqrt()
    elif mode == 1:
        length = total.sqrt().clamp(min=eps)
    else:
        length = total.clamp(min=eps).sqrt()
    scale = weights(layer, 0)
    return x / length * (scale if layer.int(1) else per_channel(scale, x))


@kernel("LRN")
def _lrn(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, size = bottoms[0], layer.int(1, 5)
    alpha, beta, bias = layer.float(2, 1.0), layer.float(3, 0.75), layer.float(4, 1.0)
    before, behind = size // 2, size - size // 2 - 1
    square = x.square()
    if layer.int(0) == 0:  # across channels
        padded = F.pad(square, (0, 0, 0, 0, before, behind))
        mean = padded.unfold(1, size, 1).mean(-1)
    else:
        mean = F.avg_pool2d(F.pad(square, (before, behind, before, behind)), size, 1)
    return x * (bias + alpha * mean) ** -beta


@kernel("Softmax")
def _softmax(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    return bottoms[0].softmax(only_axis(layer.int(0), bottoms[0]))
