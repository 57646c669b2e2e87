"""MobileNetV2 (arXiv 1801.04381) with ReLU in place of ReLU6, and torchvision's parameter names.

ReLU6 runs on the board's slow processor, ReLU on its accelerator.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

# expansion, channels, blocks, stride of the first block (table 2 of the paper)
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def scaled(channels: float, divisor: int = 8) -> int:
    """The nearest multiple of 8 that is no more than a tenth below (the reference implementation's rule)."""
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded if rounded >= 0.9 * channels else rounded + divisor


def conv_bn_relu(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class InvertedResidual(nn.Module):
    """1×1 expansion, 3×3 depthwise, 1×1 projection; a shortcut where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = [conv_bn_relu(inputs, hidden, 1)] if expansion != 1 else []
        layers += [
            conv_bn_relu(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.conv = nn.Sequential(*layers)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.shortcut else self.conv(x)


class MobileNetV2(nn.Module):
    """[N, 3, 224, 224] → logits [N, classes]."""

    def __init__(self, num_classes: int, width: float, dropout: float) -> None:
        super().__init__()
        channels = scaled(32 * width)
        layers: list[nn.Module] = [conv_bn_relu(3, channels, 3, 2)]
        for expansion, base, blocks, first_stride in STAGES:
            outputs = scaled(base * width)
            for block in range(blocks):
                layers.append(InvertedResidual(channels, outputs, first_stride if block == 0 else 1, expansion))
                channels = outputs
        last = scaled(1280 * max(1.0, width))
        layers.append(conv_bn_relu(channels, last, 1))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(last, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def build(num_classes: int, width: float = 1.0, dropout: float = 0.2) -> nn.Module:
    """Random weights, initialised as the reference implementation does."""
    model = MobileNetV2(num_classes, width, dropout)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
            nn.init.zeros_(module.bias)
    return model
