"""What a detector has of EfficientNet-Lite0: its stem and all of its blocks."""

from __future__ import annotations

from torch import Tensor, nn

from mai.models.efficientnet_lite import STEM_CHANNELS, make_blocks, norm, same_padding


class LiteTrunk(nn.Module):
    """The parameters have the names of the published weights."""

    def __init__(self) -> None:
        super().__init__()
        self.pad = same_padding(3, 2)
        self._conv_stem = nn.Conv2d(3, STEM_CHANNELS, 3, 2, bias=False)
        self._bn0 = norm(STEM_CHANNELS)
        self.relu6 = nn.ReLU6(inplace=True)
        self._blocks = nn.Sequential(*make_blocks())

    def stem(self, x: Tensor) -> Tensor:
        """(n, 3, height, width) normalised photos → (n, 32, height / 2, width / 2)."""
        return self.relu6(self._bn0(self._conv_stem(self.pad(x))))

    def backbone_parts(self) -> list[nn.Module]:
        """What comes with ImageNet weights."""
        return [self._conv_stem, self._bn0, self._blocks]
