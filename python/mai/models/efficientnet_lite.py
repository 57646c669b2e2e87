"""EfficientNet-Lite0: EfficientNet-B0 (arXiv 1905.11946) without squeeze-and-excite, ReLU6 for swish.

Parameter names and TensorFlow's "same" padding (one more on the right and below where a
convolution strides) are those of the published weights; the head is named `classifier`.

Its last features were learnt for ImageNet's animals and things. The simpler features behind block 11
tell digits, letters and signs apart better, so the head may read those instead, or both.
"""

from __future__ import annotations

import copy
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# kernel, expansion, channels, blocks, stride of the first block
STAGES = ((3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 3, 2),
          (5, 6, 112, 3, 1), (5, 6, 192, 4, 2), (3, 6, 320, 1, 1))  # fmt: skip
STEM_CHANNELS = 32
MIDDLE = 11  # blocks before the last stage that halves the size
LAST_FEATURES = 1280
CUT_BLOCKS = 12  # up to block 11: the first one is 0
# Parameters that a network ending behind block 11 does not have.
BEYOND_BLOCK11 = (*(f"_blocks.{block}." for block in range(CUT_BLOCKS, 16)), "_conv_head.", "_bn1.")
Network = TypeVar("Network", bound=nn.Module)
Reads = Literal["last", "block11", "both"]
# Widths of the parts; behind block 11 average and maximum of every channel.
PARTS: dict[Reads, tuple[int, ...]] = {
    "last": (LAST_FEATURES,), "block11": (192, 192), "both": (LAST_FEATURES, 192, 192),
}  # fmt: skip
FEATURES: dict[Reads, int] = {reads: sum(widths) for reads, widths in PARTS.items()}


def same_padding(kernel: int, stride: int) -> nn.Module:
    """For inputs of even size: all of the padding of a striding convolution beyond (k−2)/2 goes right and below."""
    if stride == 1:
        return nn.Identity()
    before = (kernel - 2) // 2
    return nn.ZeroPad2d((before, kernel - 2 - before, before, kernel - 2 - before))


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class MBConv(nn.Module):
    """1×1 expansion, k×k depthwise, 1×1 projection; a shortcut where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv = nn.Conv2d(inputs, hidden, 1, bias=False)
            self._bn0 = norm(hidden)
        self.pad = same_padding(kernel, stride)
        padding = kernel // 2 if stride == 1 else 0
        self._depthwise_conv = nn.Conv2d(hidden, hidden, kernel, stride, padding, groups=hidden, bias=False)
        self._bn1 = norm(hidden)
        self._project_conv = nn.Conv2d(hidden, outputs, 1, bias=False)
        self._bn2 = norm(outputs)
        self.relu6 = nn.ReLU6(inplace=True)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self.relu6(self._bn1(self._depthwise_conv(self.pad(y))))
        y = self._bn2(self._project_conv(y))
        return x + y if self.shortcut else y


def make_blocks() -> list[nn.Module]:
    """The 16 blocks behind the stem's 32 channels; the last one gives those of STAGES[-1]."""
    blocks: list[nn.Module] = []
    channels = STEM_CHANNELS
    for kernel, expansion, outputs, count, first_stride in STAGES:
        for block in range(count):
            blocks.append(MBConv(channels, outputs, kernel, first_stride if block == 0 else 1, expansion))
            channels = outputs
    return blocks


class EfficientNetLite0(nn.Module):
    """[N, 3, 224, 224] → logits [N, classes] by one linear layer on the features that it `reads`.

    A network that reads the features behind block 11 alone ends there.
    """

    def __init__(self, num_classes: int, dropout: float, reads: Reads) -> None:
        super().__init__()
        self.reads = reads
        self.pad = same_padding(3, 2)
        self._conv_stem = nn.Conv2d(3, STEM_CHANNELS, 3, 2, bias=False)
        self._bn0 = norm(STEM_CHANNELS)
        blocks = make_blocks()
        channels = STAGES[-1][2]
        if reads == "block11":
            self._blocks = nn.Sequential(*blocks[:CUT_BLOCKS])
        else:
            self._blocks = nn.Sequential(*blocks)
            self._conv_head = nn.Conv2d(channels, LAST_FEATURES, 1, bias=False)
            self._bn1 = norm(LAST_FEATURES)
        self.relu6 = nn.ReLU6(inplace=True)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.maxpool = nn.AdaptiveMaxPool2d(1)
        self.dropout = nn.Dropout(dropout)
        first, *others = PARTS[reads]
        self.classifier = nn.Linear(first, num_classes)
        # The sum of linear layers equals one layer on all parts joined, but each part keeps its own scale in 8 bits.
        self.classifiers = nn.ModuleList(nn.Linear(width, num_classes, bias=False) for width in others)

    def features(self, x: Tensor) -> Tensor:
        """[N, 3, 224, 224] → pooled features [N, FEATURES[reads]], the last ones first, before dropout and head."""
        return torch.cat(self.parts(x), 1)

    def parts(self, x: Tensor) -> list[Tensor]:
        """[N, 3, 224, 224] → [N, width] for each of PARTS[reads]."""
        x = self.relu6(self._bn0(self._conv_stem(self.pad(x))))
        block11 = self._blocks[:CUT_BLOCKS](x)
        parts = []
        if self.reads != "block11":
            last = self.relu6(self._bn1(self._conv_head(self._blocks[CUT_BLOCKS:](block11))))
            parts.append(self.avgpool(last))
        if self.reads != "last":
            parts += [self.avgpool(block11), self.maxpool(block11)]
        return [torch.flatten(part, 1) for part in parts]

    def set_head(self, weight: Tensor, bias: Tensor) -> None:
        """`weight` float32 [classes, FEATURES[reads]], as of one linear layer on `features`: any number of classes."""
        weights = weight.split(PARTS[self.reads], 1)
        self.classifier.bias = nn.Parameter(bias.clone())
        for layer, part in zip((self.classifier, *self.classifiers), weights, strict=True):
            layer.weight, layer.out_features = nn.Parameter(part.clone()), len(part)

    def middle(self, x: Tensor) -> Tensor:
        """[N, 3, height, width] → [N, 112, height / 16, width / 16]: what is where, while left and right still differ.

        When they are pooled over the whole picture (`features`), an arrow and its mirror image are nearly the same.
        """
        return self._blocks[:MIDDLE](self.relu6(self._bn0(self._conv_stem(self.pad(x)))))

    def forward(self, x: Tensor) -> Tensor:
        first, *others = self.parts(x)
        logits = self.classifier(self.dropout(first))
        for layer, part in zip(self.classifiers, others, strict=True):
            logits = logits + layer(self.dropout(part))
        return logits


def build(num_classes: int, dropout: float = 0.2, reads: Reads = "last") -> nn.Module:
    model = EfficientNetLite0(num_classes, dropout, reads)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
    return model


def fuse_norms(model: Network) -> Network:
    """A copy for inference with every batch norm folded into its convolution (1.5 times as fast on a CPU)."""
    fused = copy.deepcopy(model).eval()
    for module in fused.modules():
        for conv, norm_name in (("_conv_stem", "_bn0"), ("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"),
                                ("_project_conv", "_bn2"), ("_conv_head", "_bn1")):  # fmt: skip
            if hasattr(module, conv):
                setattr(module, conv, fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm_name)))
                setattr(module, norm_name, nn.Identity())
    return fused
