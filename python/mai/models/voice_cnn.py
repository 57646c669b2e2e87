"""`voice-cnn`: the only network that the kidbright-mai board runs for sound, with the board's array names."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from mai.voice.features import CHANNELS, MELS

WIDTHS = (32, 64, 128)
EMBEDDING = 128
DROPOUT = 0.2


def build(num_classes: int, frames: int, widths: Sequence[int] = WIDTHS, embedding: int = EMBEDDING) -> VoiceCnn:
    """`frames`: width of the features it is trained on (any other width from 8 works too)."""
    return VoiceCnn(num_classes, frames, widths, embedding)


class VoiceCnn(nn.Module):
    """(n, 3, 40, W) features as `mai.voice.features.network_input` makes them → logits (n, classes).

    The positions in `features` and `classifier` are the names of the arrays in `model_cpu.npz`.
    """

    def __init__(self, num_classes: int, frames: int, widths: Sequence[int], embedding: int) -> None:
        super().__init__()
        self.input_shape = (CHANNELS, MELS, frames)
        layers: list[nn.Module] = []
        inputs = CHANNELS
        for width in widths:
            layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            inputs = width
        layers += [nn.AdaptiveMaxPool2d(1), nn.Conv2d(inputs, embedding, 1), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(embedding, num_classes))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # no batch norm on the board: the start must keep the scale
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.get_parameter("bias"))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x).flatten(1))
