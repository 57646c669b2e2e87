"""Train the instant model, and a small network, as a project does, but from features instead of photos."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from mai.data.split import split_samples
from mai.quality.accuracy import Measured, label_mean, label_means, measure
from mai.train.classification.choose_features import choose_features, fit_reading
from mai.train.classification.plateau import plateau_notice
from mai.train.engine.held_back import HeldBackAnswers
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from mai.train.engine.schedule import warmup_cosine
from mai.train.engine.training import Training, even_batches
from mai.train.engine.uneven import label_offsets, with_offsets
from mai.train.features.linear_head import LinearHead
from torch import Tensor, nn

from truth.listen import SentEvents, listening
from truth.pool import CPU, Pool

BATCH = 16
WARMUP = 1.0


def split_of(mine: Pool, seed: int) -> tuple[Tensor, Tensor]:
    """Rows learnt from and rows held back, 80 and 20 %, photos of one scene on one side."""
    classes = mine.labels.tolist()
    names = [f"{label}/{row:05}" for row, label in enumerate(classes)]
    labels = [str(label) for label in range(max(classes) + 1)]
    split = split_samples(names, classes, labels, 80, seed, mine.scenes.tolist())
    return torch.tensor(split.train), torch.tensor(split.validation)


def share_right(answers: Tensor, labels: Tensor) -> float:
    """0..1, every label counts the same."""
    return label_mean((answers == labels).double(), labels)


@dataclass(frozen=True)
class InstantHead:
    """`checked`: by cross-validation, which pupils see; `held_back`: on the photos held back."""

    head: LinearHead
    checked: Measured
    held_back: Measured

    def true(self, fresh: Pool) -> float:
        return share_right(self.head.probabilities(fresh.features).argmax(1), fresh.labels)


def instant_head(mine: Pool, seed: int) -> InstantHead:
    """As mai.train.classification.instant makes it, the choice of features included."""
    features, labels, classes = mine.features, mine.labels, int(mine.labels.max()) + 1
    learnt, held = split_of(mine, seed)
    choice = choose_features(features, labels, classes, learnt, seed, groups=mine.scenes)
    head = fit_reading(features[learnt], labels[learnt], classes, choice.checked.penalty, choice.reads)
    answers = head.probabilities(features[held]).argmax(1)
    unseen = choice.checked.probabilities.argmax(1) == labels
    return InstantHead(
        head, measure(unseen, labels, mine.scenes.tolist(), choice.checked.folds),
        measure(answers == labels[held], labels[held], mine.scenes[held].tolist()),
    )  # fmt: skip


@dataclass(frozen=True)
class TrainedHead:
    """A layer trained by the real loop.

    Shares 0..1: `measured` is what pupils see, `best` is the kept epoch's own figure, `true` is that of the
    kept epoch on fresh samples, and `true_by_epoch` that of every epoch.
    """

    measured: Measured
    best: float
    true: float
    true_by_epoch: list[float]
    sent: SentEvents


def trained_head(mine: Pool, fresh: Pool, seed: int, epochs: int, rate: float = 0.02) -> TrainedHead:
    """Twice as wide as it need be and without decay, so that it learns by heart, as networks do."""
    learnt, held = split_of(mine, seed)
    classes = int(mine.labels.max()) + 1
    centre, spread = mine.features[learnt].mean(0), mine.features[learnt].std(0).clamp_min(1e-3)
    x, new = (mine.features - centre) / spread, (fresh.features - centre) / spread
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(x.shape[1], 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, classes))
    offsets, truths = label_offsets(mine.labels[learnt], classes), mine.labels[held]
    scenes = mine.scenes[held].tolist()
    record, true_by_epoch = HeldBackAnswers(truths, scenes), []
    independent = measure(torch.ones_like(truths, dtype=torch.bool), truths).independent

    def losses(network: Callable[[Tensor], Tensor], batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        return {"train_loss": F.cross_entropy(with_offsets(network(batch[0]), offsets), batch[1])}

    def validate(network: nn.Module, _size: int) -> dict[str, float]:
        logits = network(x[held])
        lost = F.cross_entropy(logits, truths, reduction="none")
        record.add(job.epoch, logits.argmax(1), lost)
        true_by_epoch.append(share_right(network(new).argmax(1), fresh.labels))
        return label_means(logits.argmax(1), lost, truths)

    with tempfile.TemporaryDirectory() as folder, listening() as sent:
        job = Training(
            model=model, optimizer=torch.optim.SGD(model.parameters(), rate, momentum=0.9), precision=CPU,
            schedule=warmup_cosine(epochs, WARMUP), keeper=Keeper("val_accuracy", "best", epochs),
            batches=partial(_batches, x[learnt], mine.labels[learnt]), losses=losses, validate=validate,
            samples=len(learnt), max_epoch=epochs, batch_size=BATCH, checkpoints=Path(folder), fingerprint="",
            seed=seed,
            after_epoch=plateau_notice(epochs, WARMUP, len(held), independent), held_back=record,
        )  # fmt: skip
        train(job)
    with torch.inference_mode():
        kept = job.model.eval()(x[held]).argmax(1)
        true = share_right(job.model(new).argmax(1), fresh.labels)
    answers = record.unseen(job.keeper, kept)
    return TrainedHead(
        measure(answers == truths, truths, scenes), share_right(kept, truths), true, true_by_epoch, sent
    )  # fmt: skip


def _batches(x: Tensor, labels: Tensor, size: int, rng: torch.Generator):  # noqa: ANN202 - as Training.batches
    for rows in even_batches(len(x), size, rng):
        yield x[rows], labels[rows]
