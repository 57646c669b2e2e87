"""A detector on EfficientNet-Lite0's ImageNet features: the same cells, anchors and decoder as slim YOLOv2.

It learns from far fewer photos than a network from random weights. The board runs its depthwise convolutions on the
slow CPU (mai.models.board_speed), so it shows fewer pictures a second than slim YOLOv2.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mai.detect.anchors import ANCHORS, output_channels
from mai.models.efficientnet_lite import STAGES, STEM_CHANNELS, make_blocks, norm, same_padding
from mai.models.slim_yolo_v2 import ConvBnRelu, initialise_head

NECK = 2  # 3×3 convolutions between the features and the head
WIDTH = 256  # channels of each


def build(num_classes: int, anchors: Sequence[Sequence[float]] = ANCHORS) -> LiteYolo:
    """`anchors` are (width, height) in cells; the board's decoder knows only its own."""
    return LiteYolo(num_classes, anchors)


class LiteYolo(nn.Module):
    """(n, 3, 224, 224) normalised photos → (n, A·(5+N), 7, 7) raw numbers (mai.detect.decode reads them).

    Any multiple of 32 is taken as the side of the picture. The backbone's parameters have the names of the published
    weights.
    """

    def __init__(self, classes: int, anchors: Sequence[Sequence[float]]) -> None:
        super().__init__()
        self.pad = same_padding(3, 2)
        self._conv_stem = nn.Conv2d(3, STEM_CHANNELS, 3, 2, bias=False)
        self._bn0 = norm(STEM_CHANNELS)
        self.relu6 = nn.ReLU6(inplace=True)
        self._blocks = nn.Sequential(*make_blocks())
        features = STAGES[-1][2]
        self.neck = nn.Sequential(*(ConvBnRelu(WIDTH if number else features, WIDTH) for number in range(NECK)))
        self.head = nn.Conv2d(WIDTH, output_channels(classes, len(anchors)), 1)
        initialise_head(self.head, classes, len(anchors))

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu6(self._bn0(self._conv_stem(self.pad(x))))
        return self.head(self.neck(self._blocks(x)))

    def backbone_parts(self) -> list[nn.Module]:
        """What comes with ImageNet weights."""
        return [self._conv_stem, self._bn0, self._blocks]
