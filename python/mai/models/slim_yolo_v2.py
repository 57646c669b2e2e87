"""slim YOLOv2 for the KidBright mAI board: one scale, 224×224 in, 7×7 cells out.

Only layers that the V831's NPU runs: 3×3 convolution, batch norm, ReLU and a 1×1 head.
It uses ReLU, because leaky ReLU loses hits in int8, and ReLU6 runs on the slow CPU.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from mai.detect.anchors import ANCHORS, FIRST_CLASS, OBJECTNESS, output_channels

STAGES = (32, 64, 128, 256, 512)  # channels; each stage halves the picture
NECK = 3  # 3×3 convolutions of the last width between the stages and the head
FOUND_AT_FIRST = 0.01  # objectness an untrained network starts from: most cells hold nothing


def build(num_classes: int, anchors: Sequence[Sequence[float]] = ANCHORS) -> SlimYoloV2:
    """`anchors` are (width, height) in cells; the board's decoder knows only its own."""
    return SlimYoloV2(num_classes, anchors)


class SlimYoloV2(nn.Module):
    """(n, 3, 224, 224) normalised photos → (n, A·(5+N), 7, 7) raw numbers (mai.detect.decode reads them).

    Any multiple of 32 is taken as the side of the picture: training uses smaller ones too.
    """

    def __init__(
        self, classes: int, anchors: Sequence[Sequence[float]] = ANCHORS, stages: Sequence[int] = STAGES
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 3
        for channels in stages:
            layers += [ConvBnRelu(width, channels), ConvBnRelu(channels, channels, stride=2)]
            width = channels
        layers += [ConvBnRelu(width, width) for _ in range(NECK)]
        self.backbone = nn.Sequential(*layers)
        self.head = nn.Conv2d(width, output_channels(classes, len(anchors)), 1)
        initialise_head(self.head, classes, len(anchors))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.backbone(x))


def initialise_head(head: nn.Conv2d, classes: int, anchors: int) -> None:
    """Start with boxes equal to their anchors in the middle of their cells, and with low objectness."""
    nn.init.normal_(head.weight, std=0.01)
    with torch.no_grad():
        bias = head.get_parameter("bias").zero_().view(anchors, FIRST_CLASS + classes)
        bias[:, OBJECTNESS] = math.log(FOUND_AT_FIRST / (1 - FOUND_AT_FIRST))


class ConvBnRelu(nn.Sequential):
    """3×3 convolution without bias, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        # torch's own first weights would be thrown away, and making them takes as long as making these.
        conv = nn.utils.skip_init(nn.Conv2d, inputs, outputs, 3, stride, padding=1, bias=False)
        nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
        super().__init__(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
