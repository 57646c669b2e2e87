"""What a recipe hands to the training loop, and what it gets back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch._dynamo  # an optimizer imports it when first made: have the warm child pay that second
from torch import Tensor, nn

from mai.train.engine.average import MovingAverage
from mai.train.engine.crowded import CoresHad
from mai.train.engine.cuda_graphs import GraphedNetwork
from mai.train.engine.held_back import HeldBackAnswers
from mai.train.engine.keep import Keeper
from mai.train.engine.precision import Precision
from mai.train.engine.schedule import Schedule

Network = Callable[[Tensor], Tensor]  # the model, or its recorded graphs
Batch = tuple[Tensor, ...]  # the first tensor's length is the number of samples
SoFar = Callable[[Mapping[str, Tensor], Mapping[str, float]], None]  # (weights, metrics of their epoch)
Losses = Mapping[str, Tensor]  # means over the batch; "train_loss" is minimised, every key becomes a curve


@dataclass
class Training:
    """Plain values and functions; the model is on its device, the optimizer's groups hold the base rate in `lr`."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    precision: Precision
    schedule: Schedule
    keeper: Keeper
    batches: Callable[[int, torch.Generator], Iterator[Batch]]  # (batch_size, rng on the CPU) → one epoch
    losses: Callable[[Network, Batch], Losses]  # called under autocast
    validate: Callable[[nn.Module, int], dict[str, float]]  # (model in eval mode, batch_size) → val_loss, val_acc, mAP
    samples: int
    max_epoch: int
    batch_size: int
    checkpoints: Path
    fingerprint: str  # of settings, labels and split: a checkpoint of anything else is not resumed
    seed: int = 0
    early_stopping: int = 0  # epochs without improvement; 0: never
    gives_up: Callable[[Sequence[Mapping[str, float]]], bool] = lambda _curves: False  # asked after each epoch
    saved_epochs: tuple[int, ...] = ()  # that have a checkpoint however soon they come after the one before
    ema_decay: float = 0.0  # 0: no moving average; else validation and the result use the averaged weights
    max_grad_norm: float = 0.0  # 0: no clipping
    set_train_mode: Callable[[nn.Module], Any] = nn.Module.train
    after_epoch: Callable[[int, Mapping[str, float]], None] | None = None
    recall_epoch: Callable[[int, Mapping[str, float]], None] | None = None  # of one announced before
    so_far: SoFar | None = None  # called with the best ones so far when the training leaves its turn to others
    has_quick_model: bool = False  # a model was there before the first epoch: the first good epoch is no news to others
    start_metrics: Mapping[str, float] | None = None  # of the weights given, if they may be kept, as epoch 0
    held_back: HeldBackAnswers = field(default_factory=HeldBackAnswers)  # `validate` fills it, but for boxes
    epoch_cost: Callable[[int], float] = lambda _epoch: 1.0  # time of an epoch beside the others, for the time left
    epochs_before: int = 0  # of the network that the same job has trained before: events count on from there
    epoch: int = 0  # that is being trained or validated, set by the loop
    shares_cores: bool = False  # it goes on with one thread where other programs use the processor
    logged_epoch: int | None = None  # last epoch_end that the server has on record (mai.train.engine.resume)

    def counted(self, epoch: int) -> dict[str, int]:
        """`epoch` and the last one as the events count them, over all networks of the job."""
        return {"epoch": self.epochs_before + epoch, "max_epoch": self.epochs_before + self.max_epoch}


@dataclass
class State:
    """Where a training stands; together with model and optimizer, all that a checkpoint holds."""

    epoch: int = 0
    batch_size: int = 0
    curves: list[dict[str, float]] = field(default_factory=list)
    ema: MovingAverage | None = None
    graphs: GraphedNetwork | None = None  # on a GPU
    kept: dict[str, Tensor] | None = None  # weights kept that are in no checkpoint yet
    cores: CoresHad = field(default_factory=CoresHad)  # in the training passes of this process
    one_thread: bool = False  # from now on, however many it was given
    saved_epoch: int = 0  # the last one whose checkpoint is in place
    saved_at: float = field(default_factory=lambda: time.monotonic())
    begun: float = field(default_factory=lambda: time.monotonic())
    seconds_before: float = 0.0  # that the training had taken when this process took it up

    @property
    def seconds(self) -> float:
        return self.seconds_before + time.monotonic() - self.begun


@dataclass
class Outcome:
    """The kept weights are loaded into `Training.model`."""

    epoch: int
    value: float | None
    curves: list[dict[str, float]]
    batch_size: int
    seconds: float
    epochs_run: int = 0  # by this process


def network_kept(job: Training, state: State) -> nn.Module:
    """Whose weights are validated and, where they are the best, kept: the moving average where there is one."""
    return job.model if state.ema is None else state.ema.network


def decay_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups of an optimiser: biases and batch norms do not overfit, and do not decay."""
    decayed = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def even_batches(samples: int, batch_size: int, rng: torch.Generator) -> list[Tensor]:
    """A random order cut into batch_count(…) batches of nearly equal length (int64 indices).

    Equal lengths, since a last batch of one sample breaks batch norm and is a noisy step.
    """
    return list(torch.randperm(samples, generator=rng).tensor_split(batch_count(samples, batch_size)))


def batch_count(samples: int, batch_size: int) -> int:
    """ceil(samples / batch_size), but for batch_size 2 and an odd number: one batch has three, and none one."""
    count = math.ceil(samples / batch_size)
    return max(1, count if batch_size < 2 else min(count, samples // 2))
