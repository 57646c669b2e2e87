"""The two kinds of detectors that the recipe trains: what they learn from, and by which loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from mai.data.detection_store import FrameStore, load_frames
from mai.data.detection_whole import load_canvases
from mai.data.voc import AnnotatedPhoto
from mai.detect.anchors import ANCHORS
from mai.models.detectors import DISTANCES, Detector, detector_of
from mai.models.lite_boxes import LiteBoxes
from mai.train.detection.aligned_loss import aligned_loss
from mai.train.detection.loss import Targets, detection_loss

LARGEST_STRIDE = 32
Size = tuple[int, int]  # height and width of a picture in pixels


@dataclass(frozen=True)
class Kind:
    """`picture`: the side that an epoch learns with → its pictures. `losses`: output in training, targets and the
    pictures' size → `train_loss` and its parts. `answer`: photos through a network in eval mode → (output as in
    training, output as the board's)."""

    detector: Detector
    load: Callable[[Sequence[AnnotatedPhoto], Path], FrameStore]
    picture: Callable[[int], Size]
    losses: Callable[[Tensor, Targets, Size], Mapping[str, Tensor]]
    answer: Callable[[nn.Module, Tensor], tuple[Tensor, Tensor]]


def kind_of(network: str) -> Kind:
    """Of the network called so."""
    return WITHOUT_ANCHORS if detector_of(network) is DISTANCES else WITH_ANCHORS


def anchor_losses(output: Tensor, targets: Targets, _size: Size = (0, 0)) -> dict[str, Tensor]:
    parts = detection_loss(output, targets, _anchors_on(output.device))
    return {"train_loss": parts.total, "loss_box": parts.box, "loss_obj": parts.obj, "loss_class": parts.cls}


@cache
def _anchors_on(device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # the first to ask may be a validation, and the second a training
        return torch.tensor(ANCHORS, device=device)


def _wide(side: int) -> Size:
    """As wide as the board's picture, nearly: whole cells of the largest stride."""
    height, width = DISTANCES.size
    return side, round(side * width / height / LARGEST_STRIDE) * LARGEST_STRIDE


def _same(model: nn.Module, photos: Tensor) -> tuple[Tensor, Tensor]:
    output = model(photos)
    return output, output


def _logits_and_scores(model: nn.Module, photos: Tensor) -> tuple[Tensor, Tensor]:
    assert isinstance(model, LiteBoxes)
    reach, logits = model.raw(photos)
    return torch.cat([reach, logits], 1), torch.cat([reach, logits.sigmoid()], 1)


WITH_ANCHORS = Kind(detector_of("slim_yolo_v2"), load_frames, lambda side: (side, side), anchor_losses, _same)
WITHOUT_ANCHORS = Kind(DISTANCES, load_canvases, _wide, aligned_loss, _logits_and_scores)
