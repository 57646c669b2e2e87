"""An epoch of voice-cnn against its bare step, in turns in one process.

epoch_voice.py PROJECT.zip --data NAME [--repeats 3] [--device cpu]
"""

from __future__ import annotations

import tempfile
from statistics import mean

import numpy as np
import torch
import train_voice_classification
from bare_epoch import bare_epoch
from common import Enough, epoch_arguments, report, timed, timed_training, unpacked
from mai.config import read_project
from mai.data.split import split_samples
from mai.data.voice_clips import index_clips, load_clips
from mai.device import choose_device, device_name
from mai.models.registry import build_model
from mai.train.engine.precision import precision_of
from mai.train.engine.training import even_batches
from mai.train.voice import recipe
from mai.train.voice.practice import practice_copies
from mai.voice.features import CHANNELS, MELS

BATCH, EPOCHS = 32, 60
WARM_UP = 3  # epochs that make the kernels
GROUP = 4  # epochs in one value: each is short
GROUPS = 3  # for every repeat


def main() -> None:
    args = epoch_arguments(__doc__)
    device = choose_device(args.device)
    steps: list[float] = []
    validations: list[float] = []
    with unpacked(args.zip, epochs=EPOCHS, batch_size=BATCH) as project, tempfile.TemporaryDirectory() as folder:
        argv = ["--project", str(project), "--output", f"{folder}/output", "--checkpoints", f"{folder}/checkpoints",
                "--device", args.device]  # fmt: skip
        settings = read_project(project)
        clips = load_clips(index_clips(settings.dataset, settings.labels))
        split = split_samples(clips.names, clips.labels, settings.labels, settings.train.train_split, 0)
        copies = recipe.repeats_of(len(split.train), clips.frames, EPOCHS)
        learnt = np.array(split.train)
        rows = len(practice_copies(clips.samples[learnt], clips.labels[learnt], settings.labels, 0)[1])
        bare = BareStep(device, rows * copies, len(split.validation), clips.frames, len(settings.labels))

        def bare_epoch() -> None:
            steps.append(timed(bare.epoch))
            validations.append(timed(bare.validate))
            if len(steps) == WARM_UP + GROUP * GROUPS * args.repeats:
                raise Enough

        run = timed_training(train_voice_classification.run, argv, bare_epoch)
    data = f"{args.data}: {len(split.train)} clips, {rows} rows of {copies} copies each, {clips.frames} frames"
    ours, bare_steps = _means(run.seconds), _means(steps)
    report("epoch_voice_cnn", "s", ours, data, goal="ratio <= 1.15", against={
        "what": "bare forward, backward and step; the epoch also masks, averages, validates and saves",
        "values": bare_steps, "inTurns": True,
    }, details={"device": device_name(device)})  # fmt: skip
    report("epoch_voice_cnn_with_validation", "s", ours, data, goal="ratio <= 1.15", against={
        "what": "bare step and bare forward of the clips held back",
        "values": [step + check for step, check in zip(bare_steps, _means(validations), strict=True)], "inTurns": True,
    })  # fmt: skip


def _means(epochs: list[float]) -> list[float]:
    """Of every GROUP epochs after the first ones."""
    return [mean(epochs[at : at + GROUP]) for at in range(WARM_UP, len(epochs) - GROUP + 1, GROUP)]


class BareStep:
    """The same network, precision, optimiser and number of steps, on prepared batches."""

    def __init__(self, device: torch.device, samples: int, held_back: int, frames: int, classes: int) -> None:
        self.precision = precision_of(device)
        model = build_model("VOICE_CLASSIFICATION", "voice-cnn", classes, frames=frames)
        self.model = model.to(device, memory_format=torch.channels_last).train()
        self.optimizer = recipe.optimizer_of(self.model, 0.001)
        self.device = device
        shape = (CHANNELS, MELS, frames)
        self.batches = [
            (torch.rand(len(rows), *shape, device=device).contiguous(memory_format=torch.channels_last),
             torch.zeros(len(rows), dtype=torch.int64, device=device))
            for rows in even_batches(samples, BATCH, torch.Generator())
        ]  # fmt: skip
        self.held_back = torch.rand(held_back, *shape, device=device).contiguous(memory_format=torch.channels_last)

    def epoch(self) -> None:
        bare_epoch(self.model, self.optimizer, self.precision, self.batches)
        self._wait()

    @torch.inference_mode()
    def validate(self) -> None:
        self.model.eval()
        with self.precision.autocast():
            self.model(self.held_back)
        self._wait()

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


if __name__ == "__main__":
    main()
