"""Run a detector over the held-back photos: its loss, its boxes and how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from mai.data.detection_store import PictureStore
from mai.data.preprocess import PREPROCESS
from mai.detect.average_precision import average_precision
from mai.detect.detections import Detections
from mai.device import inference_batch
from mai.train.detection.kinds import Kind
from mai.train.detection.loss import Targets

LOWEST_SCORE = 0.01  # what scores less cannot matter, and the evaluator need not look at it


@dataclass(frozen=True)
class Validation:
    """`loss` per drawn box; `found` per photo, low scores included, after non-maximum suppression."""

    loss: float
    found: list[Detections]


@torch.inference_mode()
def run_validation(
    kind: Kind, model: nn.Module, pictures: PictureStore, labels: int, iou_threshold: float, device: torch.device
) -> Validation:
    """`model` in eval mode on `device`; called under the precision of the training. `labels`: how many there are."""
    total, seen = 0.0, 0
    outputs = []
    size = inference_batch(device)
    for begin in range(0, len(pictures.pixels), size):
        rows = range(begin, min(begin + size, len(pictures.pixels)))
        photos = PREPROCESS(pictures.pixels[rows.start : rows.stop].to(device))
        output, answer = (each.float() for each in kind.answer(model, photos))
        targets = targets_of(pictures, rows, device)
        total += kind.losses(output, targets, kind.detector.size)["train_loss"].item() * len(rows)
        seen += len(rows)
        outputs.append(answer.cpu().numpy())
    found = kind.detector.find(np.concatenate(outputs), labels, LOWEST_SCORE, iou_threshold)
    return Validation(total / seen, found)


def curves_of(validation: Validation, pictures: PictureStore, labels: Sequence[str]) -> dict[str, float]:
    """`val_loss`, and mAP@0.5 in percent, twice: the IDE's chart draws `val_acc` and no other name."""
    map50 = 100 * average_precision(validation.found, pictures.truths, labels).mean
    return {"val_loss": validation.loss, "val_acc": map50, "mAP": map50}


def targets_of(pictures: PictureStore, rows: range, device: torch.device) -> Targets:
    """The drawn boxes of some photos, padded to one number."""
    truths = [pictures.truths[row] for row in rows]
    most = max(1, *(len(truth.boxes) + len(truth.ignored) for truth in truths))
    boxes = torch.zeros(len(truths), most, 4)
    classes = torch.zeros(len(truths), most, dtype=torch.int64)
    valid, ignored = torch.zeros(2, len(truths), most, dtype=torch.bool)
    for row, truth in enumerate(truths):
        count, end = len(truth.boxes), len(truth.boxes) + len(truth.ignored)
        boxes[row, :end] = torch.from_numpy(np.concatenate([truth.boxes, truth.ignored]))
        classes[row, :count] = torch.from_numpy(truth.classes)
        valid[row, :count] = True
        ignored[row, count:end] = True
    return Targets(boxes.to(device), classes.to(device), valid.to(device), ignored.to(device))
