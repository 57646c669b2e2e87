"""A detector without anchors on EfficientNet-Lite0's ImageNet features, for boards that run depthwise convolutions.

Three levels (strides 8, 16, 32) are joined from coarse to fine (feature pyramid, arXiv 1612.03144). One head answers
on all of them (arXiv 1904.01355): for each cell how far it is to the four edges of a thing, and how much the thing is
one of each label. The convolutions of the head are the same on every level, so what is learnt of a near thing is known
of a far one; each level has its own batch norms.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mai.detect.distances import STRIDES
from mai.models.efficientnet_lite import STAGES
from mai.models.lite_trunk import LiteTrunk
from mai.models.slim_yolo_v2 import ConvBnRelu

Size = Literal["n", "s"]
WIDTHS: dict[Size, int] = {"n": 64, "s": 128}  # channels of neck and head
DEPTHS: dict[Size, int] = {"n": 1, "s": 2}  # 3×3 convolutions of the head before each answer
LEVEL_ENDS = (5, 11, 16)  # blocks up to the last one of each level
FROZEN = 5  # first blocks that keep their weights: edges, colours and textures, where most of the time would go
FOUND_AT_FIRST = 0.01  # score that an untrained network gives: most cells hold nothing
FAR_AT_FIRST = 2.0  # strides to each edge


def build(num_classes: int, size: Size = "n") -> LiteBoxes:
    return LiteBoxes(num_classes, WIDTHS[size], DEPTHS[size])


class LiteBoxes(LiteTrunk):
    """(n, 3, height, width) normalised photos, sides multiples of 32 → (n, 4 + N, A): for each of A cells the
    distances to left, top, right, bottom in strides, and the N scores (mai.detect.distances reads them).

    In training the scores are logits. The backbone's parameters have the names of the published weights.
    """

    def __init__(self, classes: int, width: int, depth: int) -> None:
        super().__init__()
        features = (STAGES[2][2], STAGES[4][2], STAGES[6][2])
        self.laterals = nn.ModuleList(nn.Sequential(_conv1(each, width), nn.BatchNorm2d(width)) for each in features)
        self.merges = nn.ModuleList(ConvBnRelu(width, width) for _ in STRIDES)
        self.score_tower, self.box_tower = (Tower(width, depth) for _ in range(2))
        self.score_head, self.box_head = nn.Conv2d(width, classes, 1), nn.Conv2d(width, 4, 1)
        for head, first in ((self.score_head, math.log(FOUND_AT_FIRST / (1 - FOUND_AT_FIRST))),
                            (self.box_head, FAR_AT_FIRST)):  # fmt: skip
            nn.init.normal_(head.weight, std=0.01)
            nn.init.constant_(head.get_parameter("bias"), first)

    def forward(self, x: Tensor) -> Tensor:
        distances, logits = self.raw(x)
        return torch.cat([distances, logits if self.training else logits.sigmoid()], 1)

    def raw(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 4, A) distances in strides, (n, N, A) logits."""
        levels = self.pyramid(x)
        boxes, scores = (
            torch.cat([head(tower(level, number)).flatten(2) for number, level in enumerate(levels)], 2)
            for head, tower in ((self.box_head, self.box_tower), (self.score_head, self.score_tower))
        )
        return boxes, scores

    def pyramid(self, x: Tensor) -> list[Tensor]:
        """The features of each level, fine to coarse, each with what the coarser ones know."""
        x = self.stem(x)
        features = []
        for begin, end in zip((0, *LEVEL_ENDS), LEVEL_ENDS, strict=False):
            x = self._blocks[begin:end](x)
            features.append(x)
        above: Tensor | None = None
        levels = []
        for feature, lateral, merge in reversed(list(zip(features, self.laterals, self.merges, strict=True))):
            mixed = lateral(feature)
            if above is not None:
                mixed = mixed + F.interpolate(above, scale_factor=2.0, mode="nearest")
            above = merge(mixed)
            levels.append(above)
        return levels[::-1]

    def frozen_parts(self) -> list[nn.Module]:
        """Of these what keeps its weights."""
        return [self._conv_stem, self._bn0, self._blocks[:FROZEN]]


class Tower(nn.Module):
    """3×3 convolutions that all levels share, each with a batch norm for every level."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(ConvBnRelu(width, width)[0] for _ in range(depth))
        self.norms = nn.ModuleList(nn.ModuleList(nn.BatchNorm2d(width) for _ in STRIDES) for _ in range(depth))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor, level: int) -> Tensor:
        for conv, norms in zip(self.convs, self.norms, strict=True):
            assert isinstance(norms, nn.ModuleList)
            x = self.relu(norms[level](conv(x)))
        return x


def _conv1(inputs: int, outputs: int) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, 1, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out")
    return conv
