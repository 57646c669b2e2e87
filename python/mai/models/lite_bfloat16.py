"""EfficientNet-Lite0's features in bfloat16 on a processor, each ReLU6 within its convolution.

They equal those of the network under autocast to the bit, in two thirds of its time: there each ReLU6 reads and
writes the whole layer once more (docs/recipes/classification.md § Features of the instant model).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from mai.models.efficientnet_lite import CUT_BLOCKS, EfficientNetLite0, MBConv

CHANNELS_LAST = torch.channels_last
NO_PADDING = nn.Identity()


@dataclass(frozen=True)
class _Convolution:
    """With its bias, and perhaps a ReLU6 after it. `pad` comes before it."""

    layer: nn.Conv2d
    pad: nn.Module
    weight: Tensor
    bias: Tensor
    relu6: bool

    def __call__(self, x: Tensor) -> Tensor:
        layer, (kind, limits) = self.layer, (("hardtanh", [0.0, 6.0]) if self.relu6 else ("none", []))
        result: Tensor = torch.ops.mkldnn._convolution_pointwise(
            self.pad(x), self.weight, self.bias, layer.padding, layer.stride, layer.dilation, layer.groups,
            kind, limits, "",
        )  # fmt: skip
        return result


@dataclass(frozen=True)
class _Block:
    expand: _Convolution | None
    depthwise: _Convolution
    project: _Convolution
    shortcut: bool

    def __call__(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else self.expand(x)
        y = self.project(self.depthwise(y))
        return x + y if self.shortcut else y


def features_in_bfloat16(network: EfficientNetLite0) -> Callable[[Tensor], Tensor] | None:
    """What computes images float32 [N, 3, height, width] → features bfloat16 [N, 1664].

    `network` reads both parts, has its norms folded in (`fuse_norms`) and lies on the processor; it is not kept alive.
    None where this torch has no such convolution: it is oneDNN's, made for torch's own compiler.
    """
    if not (torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_convolution_pointwise")):
        return None
    stem = _convolution(network._conv_stem, network.pad)
    blocks = [_block(block) for block in cast(Iterable[MBConv], network._blocks)]
    head = _convolution(network._conv_head)
    average, maximum = network.avgpool, network.maxpool

    def compute(images: Tensor) -> Tensor:
        x = stem(images.to(torch.bfloat16, memory_format=CHANNELS_LAST))
        for block in blocks[:CUT_BLOCKS]:
            x = block(x)
        block11 = x
        for block in blocks[CUT_BLOCKS:]:
            x = block(x)
        parts = average(head(x)), average(block11), maximum(block11)
        return torch.cat([torch.flatten(part, 1) for part in parts], 1)

    return compute


def _block(block: MBConv) -> _Block:
    return _Block(
        _convolution(block._expand_conv) if block.expands else None,
        _convolution(block._depthwise_conv, block.pad),
        _convolution(block._project_conv, relu6=False),
        block.shortcut,
    )


def _convolution(module: Any, pad: nn.Module = NO_PADDING, relu6: bool = True) -> _Convolution:
    layer = cast(nn.Conv2d, module)
    if layer.bias is None:
        raise ValueError("a convolution has no bias: its norm is not folded in (fuse_norms)")
    weight = layer.weight.detach().to(torch.bfloat16, memory_format=CHANNELS_LAST)
    return _Convolution(layer, pad, weight, layer.bias.detach().bfloat16(), relu6)
