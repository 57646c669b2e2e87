"""A training on a network of a few hundred weights, for the tests of the loop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from mai.train.engine.keep import Keeper
from mai.train.engine.precision import Precision
from mai.train.engine.schedule import warmup_cosine
from mai.train.engine.training import Training, even_batches
from photo_project import events_of
from torch import Tensor, nn

SAMPLES = 32


class KilledError(BaseException):
    """Stands for SIGKILL: nothing in the loop may catch it."""


def pictures() -> tuple[Tensor, Tensor]:
    """32 generated images of two kinds."""
    rng = torch.Generator().manual_seed(5)
    labels = torch.arange(SAMPLES) % 2
    return torch.randn(SAMPLES, 3, 8, 8, generator=rng) * 0.5 + labels.view(-1, 1, 1, 1), labels


def make_job(folder: Path, epochs: int = 4, **changes: Any) -> Training:
    torch.manual_seed(0)
    images, labels = pictures()
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2), nn.Flatten(), nn.Linear(144, 2)
    )

    def batches(batch_size: int, rng: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in even_batches(SAMPLES, batch_size, rng):
            yield images[rows] + 0.1 * torch.randn(len(rows), 3, 8, 8, generator=rng), labels[rows]

    def losses(network: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        return {"train_loss": F.cross_entropy(network(batch[0]), batch[1])}

    def validate(network: nn.Module, batch_size: int) -> dict[str, float]:
        logits = network(images)
        return {
            "val_loss": F.cross_entropy(logits, labels).item(),
            "val_acc": (logits.argmax(1) == labels).float().mean().item() * 100,
        }

    values = {
        "model": model,
        "optimizer": torch.optim.SGD(model.parameters(), 0.02, momentum=0.9),
        "precision": Precision(torch.device("cpu"), None),
        "schedule": warmup_cosine(epochs),
        "keeper": Keeper("val_accuracy", "last", epochs),
        "batches": batches,
        "losses": losses,
        "validate": validate,
        "samples": SAMPLES,
        "max_epoch": epochs,
        "batch_size": 8,
        "checkpoints": folder,
        "fingerprint": "f",
    }
    return Training(**(values | changes))


def curves(text: str) -> list[dict[str, float]]:
    return [e["matric"] for e in events_of(text) if e["event"] == "epoch_end"]
