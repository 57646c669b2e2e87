"""An epoch of ResNet-18 at 224 against its bare step and against a plain loop, in turns in one process.

epoch_classification.py PROJECT.zip --data NAME [--repeats 3] [--device cpu]
"""

from __future__ import annotations

import math
import tempfile

import torch
import train_image_classification
from bare_epoch import bare_epoch
from common import epoch_arguments, median, report, timed, timed_training, unpacked
from mai.device import choose_device, device_name, inference_batch
from mai.models.registry import build_model
from mai.train.classification.recipe import optimizer_of
from mai.train.engine.precision import precision_of
from mai.train.engine.training import even_batches
from plain_loop import PlainLoop

BATCH = 32


class BareStep:
    """The same network, precision, optimiser and number of steps, on prepared batches; nothing else."""

    def __init__(self, device: torch.device, train: int, validation: int, classes: int) -> None:
        self.precision = precision_of(device)
        self.model = build_model("IMAGE_CLASSIFICATION", "resnet18", classes)
        self.model.to(device, memory_format=torch.channels_last)
        self.optimizer = optimizer_of(self.model, 0.001, pretrained=False)
        sizes = [len(rows) for rows in even_batches(train, BATCH, torch.Generator())]
        self.batches = [self._batch(size, classes, device) for size in sizes]
        most = inference_batch(device)
        held_back = [min(most, validation - at) for at in range(0, validation, most)]
        self.held_back = [self._batch(size, classes, device)[0] for size in held_back]

    @staticmethod
    def _batch(size: int, classes: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        images = torch.rand(size, 3, 224, 224).mul_(2).sub_(1).to(device, memory_format=torch.channels_last)
        return images, torch.randint(0, classes, (size,), device=device)

    def train(self) -> None:
        bare_epoch(self.model, self.optimizer, self.precision, self.batches)
        _wait(self.batches[0][0].device)

    @torch.inference_mode()
    def validate(self) -> None:
        self.model.eval()
        with self.precision.autocast():
            for images in self.held_back:
                logits = self.model(images)
        _wait(logits.device)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    args = epoch_arguments(__doc__)
    device = choose_device(args.device)
    repeats = args.repeats + 2  # an epoch takes seconds, and the machine's speed changes from one to the next
    settings = {"modelType": "resnet18", "epochs": repeats + 1, "batch_size": BATCH}
    with unpacked(args.zip, **settings) as project, tempfile.TemporaryDirectory() as folder:
        argv = ["--project", str(project), "--output", f"{folder}/output", "--checkpoints", f"{folder}/checkpoints",
                "--instant", f"{folder}/instant", "--missing-weights", "random", "--device", args.device]  # fmt: skip
        plain = {"float32": PlainLoop(project, device, BATCH), "autocast": PlainLoop(project, device, BATCH, True)}
        some = plain["float32"]
        bare: BareStep | None = None
        steps: list[float] = []
        validations: list[float] = []

        def bare_epoch() -> None:
            nonlocal bare
            if bare is None:
                bare = BareStep(device, len(some.train), len(some.validation), some.classes)
                bare.train()
                bare.validate()
            steps.append(timed(bare.train))
            validations.append(timed(bare.validate))

        # The first epoch compiles the kernels, so it does not count.
        epochs = timed_training(train_image_classification.run, argv, bare_epoch)
        ours = epochs.seconds[1:]
        steps, validations = steps[1:], validations[1:]
        counts = epochs.event("train_start")
        plain_seconds = {name: loop.best(args.repeats) for name, loop in plain.items()}
    data = f"{args.data}: {counts['train_samples']} photos to learn, {counts['val_samples']} to check"
    speed = {"photos_per_second": round(counts["train_samples"] / median(ours), 1), "device": device_name(device)}
    report("epoch_resnet18", "s", ours, data, goal="ratio <= 1.15", against={
        "what": "bare forward, backward and step alone; the epoch also augments, validates and saves", "values": steps,
        "inTurns": True,
    }, details=speed)  # fmt: skip
    report("epoch_resnet18_with_validation", "s", ours, data, goal="ratio <= 1.15", against={
        "what": "bare step and bare forward of the photos held back",
        "values": [step + check for step, check in zip(steps, validations, strict=True)], "inTurns": True,
    })  # fmt: skip
    faster = 10 if device.type == "cuda" else 1.8 if precision_of(device).dtype is not None else 1.2
    for name, goal in (("float32", {"goal": f"ratio >= {faster}"}), ("autocast", {})):
        loop = plain[name]
        report(f"plain_loop_resnet18_{name}", "s", plain_seconds[name], data, **goal, against={
            "what": "our epoch", "values": ours,
        }, details={"workers": loop.workers, "tried": loop.tried})  # fmt: skip
    if not all(map(math.isfinite, (*ours, *steps))):
        raise SystemExit("a time is not finite")


if __name__ == "__main__":
    main()
