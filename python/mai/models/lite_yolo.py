"""A detector on EfficientNet-Lite0's ImageNet features: the same cells, anchors and decoder as slim YOLOv2.

It learns from far fewer photos than a network from random weights. The board runs its depthwise convolutions on the
slow CPU (mai.models.board_speed), so it shows fewer pictures a second than slim YOLOv2.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mai.detect.anchors import ANCHORS, output_channels
from mai.models.efficientnet_lite import STAGES
from mai.models.lite_trunk import LiteTrunk
from mai.models.slim_yolo_v2 import ConvBnRelu, initialise_head

NECK = 2  # 3×3 convolutions between the features and the head
WIDTH = 256  # channels of each


def build(num_classes: int, anchors: Sequence[Sequence[float]] = ANCHORS) -> LiteYolo:
    """`anchors` are (width, height) in cells; the board's decoder knows only its own."""
    return LiteYolo(num_classes, anchors)


class LiteYolo(LiteTrunk):
    """(n, 3, 224, 224) normalised photos → (n, A·(5+N), 7, 7) raw numbers (mai.detect.decode reads them).

    Any multiple of 32 is taken as the side of the picture. The backbone's parameters have the names of the published
    weights.
    """

    def __init__(self, classes: int, anchors: Sequence[Sequence[float]]) -> None:
        super().__init__()
        features = STAGES[-1][2]
        self.neck = nn.Sequential(*(ConvBnRelu(WIDTH if number else features, WIDTH) for number in range(NECK)))
        self.head = nn.Conv2d(WIDTH, output_channels(classes, len(anchors)), 1)
        initialise_head(self.head, classes, len(anchors))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        return self.head(self.neck(self._blocks(x)))
