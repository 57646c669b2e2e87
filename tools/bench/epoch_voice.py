"""An epoch of voice-cnn against its bare step, in turns in one process.

    epoch_voice.py PROJECT.zip --data NAME [--repeats 3] [--device cpu]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
import train_voice_classification
from common import report, timed, timed_training, unpacked
from mai.device import choose_device, device_name
from mai.models.registry import load_model
from mai.train import voice_recipe as recipe
from mai.train.precision import precision_of
from mai.train.training import even_batches
from mai.voice.features import CHANNELS, MELS

BATCH, EPOCHS = 32, 60
ROUNDS = 10  # epochs of milliseconds are timed ten at a time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    device = choose_device(args.device)
    with unpacked(args.zip, epochs=EPOCHS, batch_size=BATCH) as project, tempfile.TemporaryDirectory() as folder:
        argv = ["--project", str(project), "--output", f"{folder}/output", "--checkpoints", f"{folder}/checkpoints",
                "--device", args.device]  # fmt: skip
        run = timed_training(train_voice_classification.run, argv, lambda: None)
        trained = load_model(Path(folder) / "output" / "model.pth")
        counts = run.event("train_start")
        frames = trained.module.frames if hasattr(trained.module, "frames") else trained.arch["frames"]
        repeats = recipe.repeats_of(counts["train_samples"], frames, EPOCHS)
        bare = bare_epochs(trained.module.to(device), counts["train_samples"] * repeats, frames, device, args.repeats)
    data = f"{args.data}: {counts['train_samples']} clips, {repeats} copies each, {frames} frames"
    rest = run.seconds[5:]
    groups = [rest[at :: args.repeats] for at in range(args.repeats)]
    ours = [sum(group) / len(group) for group in groups]
    report("epoch_voice_cnn", "s", ours, data, goal="ratio <= 1.15", against={
        "what": "bare forward, backward and step; the epoch also masks, averages, validates and saves", "values": bare,
    }, details={"device": device_name(device), "training_s": round(sum(run.seconds), 2)})  # fmt: skip


def bare_epochs(model: torch.nn.Module, samples: int, frames: int, device: torch.device, repeats: int) -> list[float]:
    """Seconds of an epoch of the same steps on batches that lie ready."""
    precision = precision_of(device)
    optimizer = recipe.optimizer_of(model.train(), 0.001)
    sizes = [len(rows) for rows in even_batches(samples, BATCH, torch.Generator())]
    shape = (CHANNELS, MELS, frames)
    batches = [
        (torch.rand(size, *shape, device=device).contiguous(memory_format=torch.channels_last),
         torch.zeros(size, dtype=torch.int64, device=device))
        for size in sizes
    ]  # fmt: skip

    def rounds() -> None:
        for _ in range(ROUNDS):
            for images, labels in batches:
                with precision.autocast():
                    loss = F.cross_entropy(model(images).float(), labels)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    rounds()
    return [timed(rounds) / ROUNDS for _ in range(repeats)]


if __name__ == "__main__":
    main()
