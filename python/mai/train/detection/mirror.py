"""Decide for each label, from what is in its drawn boxes, whether a detector may learn from mirrored photos.

Asking takes about a second. The first epoch does not wait for it and learns without mirroring; asked is before the
second.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mai.data.detection_store import FrameStore
from mai.files import write_atomic
from mai.models.weights import SUBSTITUTE, Start, bundled_state
from mai.train.engine.precision import Precision
from mai.train.features.mirror import SIDE, labels_that_mirror, notify_not_mirrored, spread_over_labels
from mai.train.features.photo_features import feature_network
from mai.train.plan.plan import Plan

FIRST_EPOCH = 2  # that may learn from mirrored photos
FILE = "decisions.json"  # beside the checkpoints


class MirrorChoice:
    """Asked once, when an epoch needs it, and kept beside the checkpoints: a resumed training mirrors the same."""

    def __init__(self, plan: Plan, frames: FrameStore, precision: Precision, fingerprint: str) -> None:
        """`fingerprint` as of the training's checkpoints: what was decided for others is asked again."""
        self._plan = plan
        self._frames = frames
        self._labels = plan.project.labels
        self._precision = precision
        self._fingerprint = fingerprint
        self._mirrors = read_mirrors(plan.checkpoints, fingerprint) if plan.resume else None

    def ask(self) -> tuple[bool, ...]:
        """For each label whether it may be mirrored; a notice names those that may not."""
        if self._mirrors is None:
            self._mirrors = ask_boxes(self._frames, len(self._labels), self._precision, self._plan.seed)
            save_mirrors(self._plan.checkpoints, self._fingerprint, self._mirrors)
            notify_not_mirrored(self._mirrors, self._labels)
        return self._mirrors

    def photos(self, epoch: int) -> Tensor:
        """bool [photos]: which may be mirrored in epoch 1.., those with nothing in them that may not."""
        if epoch < FIRST_EPOCH:
            return torch.zeros(len(self._frames), dtype=torch.bool)
        may = torch.tensor(self.ask())[self._frames.classes]
        return (may | ~self._frames.valid).all(1)

    def per_label(self) -> dict[str, bool]:
        """What a finished training did, for its report."""
        mirrors = self._mirrors or (False,) * len(self._labels)
        return dict(zip(self._labels, mirrors, strict=True))


def ask_boxes(frames: FrameStore, classes: int, precision: Precision, seed: int) -> tuple[bool, ...]:
    """For each label whether what is in its boxes may be mirrored."""
    photo, box = frames.valid.nonzero(as_tuple=True)
    labels = frames.classes[photo, box]
    some = spread_over_labels(labels)
    network = feature_network(Start(SUBSTITUTE, "imagenet", bundled_state()), precision.device)
    crops = box_crops(frames, photo[some], box[some])
    return labels_that_mirror(network, crops, labels[some], photo[some], classes, precision, seed)


def box_crops(frames: FrameStore, photo: Tensor, box: Tensor) -> Tensor:
    """uint8 [M, SIDE, SIDE, 3]: the square around each of M boxes, black beyond the photo."""
    crops = np.empty((len(photo), SIDE, SIDE, 3), np.uint8)
    for row, (number, which) in enumerate(zip(photo.tolist(), box.tolist(), strict=True)):
        left, top, right, bottom = frames.boxes[number, which].tolist()
        x, y, half = (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top) / 2
        edges = tuple(round(edge) for edge in (x - half, y - half, x + half, y + half))
        picture = Image.fromarray(frames.frame(number).cpu().numpy()).crop(edges)
        crops[row] = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    return torch.from_numpy(crops)


def save_mirrors(checkpoints: Path, fingerprint: str, mirrors: tuple[bool, ...]) -> None:
    """Keep for each label whether photos with it may be mirrored."""
    text = json.dumps({"fingerprint": fingerprint, "mirrors": mirrors})
    write_atomic(checkpoints / FILE, lambda file: file.write(text.encode()))


def read_mirrors(checkpoints: Path, fingerprint: str) -> tuple[bool, ...] | None:
    """None where nothing was decided yet, or of other photos and settings."""
    try:
        saved = json.loads((checkpoints / FILE).read_text(encoding="utf-8"))
        return tuple(map(bool, saved["mirrors"])) if saved["fingerprint"] == fingerprint else None
    except (OSError, ValueError, TypeError, KeyError):
        return None
