"""An epoch of slim YOLOv2, at every size it trains with, against its bare step, in turns in one process.

epoch_detection.py PROJECT.zip --data NAME [--repeats 3] [--device cpu]
"""

from __future__ import annotations

import math
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import mean

import torch
import train_object_detection
from common import epoch_arguments, report, timed, timed_training, unpacked
from mai.detect.anchors import ANCHORS, IMAGE_SIZE
from mai.device import choose_device, device_name, inference_batch
from mai.models.registry import build_model
from mai.train.detection import recipe
from mai.train.detection.loss import Targets, detection_loss
from mai.train.engine.precision import precision_of
from mai.train.engine.training import even_batches


class BareStep:
    """The same network, loss, precision and number of steps, on prepared batches."""

    def __init__(self, device: torch.device, photos: int, held_back: int, classes: int, batch: int) -> None:
        most = inference_batch(device)
        self.precision = precision_of(device)
        self.model = build_model("OBJECT_DETECTION", "slim_yolo_v2", classes, anchors=[list(a) for a in ANCHORS])
        self.model.to(device, memory_format=torch.channels_last).train()
        self.optimizer = recipe.optimizer_of(self.model, 0.001)
        self.anchors = torch.tensor(ANCHORS, device=device)
        self.sizes = [len(rows) for rows in even_batches(photos, recipe.step_size(batch, photos), torch.Generator())]
        sizes = [min(most, held_back - at) for at in range(0, held_back, most)]
        self.held_back = [self._batch(size, IMAGE_SIZE, device)[0] for size in sizes]
        self.device = device
        self.batches: dict[int, list[tuple[torch.Tensor, Targets]]] = {}

    def epoch(self, side: int) -> float:
        """Seconds of an epoch with pictures of this side."""
        batches = self.batches.setdefault(side, [self._batch(size, side, self.device) for size in self.sizes])
        return timed(lambda: self._steps(batches))

    @torch.inference_mode()
    def validate(self) -> None:
        """The forward passes of a validation."""
        self.model.eval()
        with self.precision.autocast():
            for images in self.held_back:
                self.model(images)
        self.model.train()
        self._wait()

    @staticmethod
    def _batch(size: int, side: int, device: torch.device) -> tuple[torch.Tensor, Targets]:
        images = torch.rand(size, 3, side, side).mul_(2).sub_(1).to(device, memory_format=torch.channels_last)
        corner = torch.rand(size, 1, 2) * side / 2
        boxes = torch.cat([corner, corner + side / 3], dim=2).to(device)
        return images, Targets(boxes, torch.zeros(size, 1, dtype=torch.int64, device=device),
                               torch.ones(size, 1, dtype=torch.bool, device=device))  # fmt: skip

    def _steps(self, batches: list[tuple[torch.Tensor, Targets]]) -> None:
        for images, targets in batches:
            with self.precision.autocast():
                loss = detection_loss(self.model(images), targets, self.anchors).total
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
        self._wait()

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def main() -> None:
    args = epoch_arguments(__doc__)
    device = choose_device(args.device)
    batch = 32
    rarest = min(b - a for a, b in pairwise((0.0, *(share for share, _ in recipe.PICTURE_SIZES))))
    epochs = math.ceil(max(args.repeats, 2) / rarest)  # the first of each size is one of them
    sides = [recipe.picture_size(epoch, epochs) for epoch in range(1, epochs + 1)]
    bare_seconds: list[float] = []
    validations: list[float] = []
    with unpacked(args.zip, epochs=epochs, batch_size=batch) as project, tempfile.TemporaryDirectory() as folder:
        argv = ["--project", str(project), "--output", f"{folder}/output", "--checkpoints", f"{folder}/checkpoints",
                "--device", args.device]  # fmt: skip
        bare: BareStep | None = None

        def bare_epoch() -> None:
            nonlocal bare
            bare = bare or BareStep(device, *photos_of(args.zip), 2, batch)
            bare_seconds.append(bare.epoch(sides[len(bare_seconds)]))
            validations.append(timed(bare.validate))

        run = timed_training(train_object_detection.run, argv, bare_epoch)
    counts = run.event("train_start")
    data = f"{args.data}: {counts['train_samples']} photos to learn, {counts['val_samples']} to check"
    # The first epoch of a size compiles the kernels.
    starts = [sides.index(side) for side in dict.fromkeys(sides)]
    for start, end in pairwise((*starts, len(sides))):
        report(f"epoch_slim_yolo_v2_{sides[start]}", "s", run.seconds[start + 1 : end], data, goal="ratio <= 1.15",
               against={
            "what": "bare forward, loss, backward and step; the epoch also augments, averages, validates, saves",
            "values": bare_seconds[start + 1 : end], "inTurns": True,
        }, details={"device": device_name(device)})  # fmt: skip
    later = [epoch for epoch in range(len(sides)) if epoch not in starts]
    both = [bare_seconds[epoch] + validations[epoch] for epoch in later]
    ours = mean(run.seconds[epoch] for epoch in later)
    report("epoch_slim_yolo_v2", "s", [ours], data, goal="ratio <= 1.15", against={
        "what": "bare steps and bare forward of the photos held back; means over the sizes of a whole training",
        "values": [mean(both)],
    })  # fmt: skip


def photos_of(zip_file: Path) -> tuple[int, int]:
    """Photos to learn from and to check with, as the training splits them."""
    from mai.config import read_project
    from mai.data.voc import index_voc
    from mai.data.voc_split import split_voc

    with unpacked(zip_file) as folder:
        project = read_project(folder)
        samples = index_voc(project.dataset, project.labels)
        split = split_voc(samples, project.dataset, project.train.train_split, 0)
        return len(split.train), len(split.validation)


if __name__ == "__main__":
    main()
