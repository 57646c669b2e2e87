"""Record what every epoch answered for the samples held back, to judge the kept epoch without its own choice.

The kept epoch was chosen by these very samples, so its own share is too good: with labels at random 64 % was found
where 52 was true. So each sample is answered by the epoch that is kept when the choice is made without it. The share
of these answers is true on average, the network stays the one that all samples chose, and none is taken from the
training (choosing on a fifth of the training samples costs as much as having a fifth fewer).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mai.quality.accuracy import label_weights
from mai.train.engine.keep import Keeper

PARTS = 10  # the choice is made so often, each time without one part
Record = Callable[[Tensor, Tensor], None]  # is given answers int64 [N] and losses float [N]
DIGITS = 5  # as the loop rounds what the keeper is offered


class HeldBackAnswers:
    """`labels` int64 [N] of the samples held back; `groups`: samples of one number are left out together."""

    def __init__(self, labels: Tensor | None = None, groups: Sequence[int] | None = None) -> None:
        self.labels = torch.empty(0, dtype=torch.int64) if labels is None else labels
        self.parts = _parts(self.labels, groups)
        self._epochs: dict[int, tuple[Tensor, Tensor]] = {}

    def keep_together(self, groups: Sequence[int]) -> None:
        """Samples of one number are left out together, as in `__init__`."""
        self.parts = _parts(self.labels, groups)

    def add(self, epoch: int, answers: Tensor, losses: Tensor) -> None:
        """int64 [N] and float [N] on the CPU; an epoch that is validated again replaces the first one."""
        self._epochs[epoch] = answers.to(torch.int32), losses.float()

    def unseen(self, keeper: Keeper, kept: Tensor) -> Tensor:
        """int64 [N]: each sample's answer by the epoch that `keeper` would keep without the sample's part.

        Where epochs are missing (a training that an older version began) the answers `kept` of the kept network.
        """
        epochs = sorted(self._epochs)
        if keeper.epoch not in epochs or epochs != list(range(min(epochs[0], 1), len(epochs) + min(epochs[0], 1))):
            return kept
        answers = torch.stack([self._epochs[epoch][0] for epoch in epochs]).long()
        losses = torch.stack([self._epochs[epoch][1] for epoch in epochs])
        result = kept.clone()
        for part in self.parts.unique().tolist():
            rest = self.parts != part
            if rest.any():
                epoch = _choose(keeper, epochs, answers[:, rest], losses[:, rest], self.labels[rest])
                result[~rest] = answers[epochs.index(epoch)][~rest]
        return result

    def state(self) -> dict[str, Any]:
        """For the checkpoint."""
        epochs = sorted(self._epochs)
        answers, losses = ([self._epochs[epoch][which] for epoch in epochs] for which in (0, 1))
        empty = torch.empty(0)
        return {
            "epochs": epochs,
            "answers": torch.stack(answers) if answers else empty, "losses": torch.stack(losses) if losses else empty,
        }  # fmt: skip

    def restore(self, saved: Mapping[str, Any]) -> None:
        rows = zip(saved["epochs"], saved["answers"], saved["losses"], strict=True)
        self._epochs = {epoch: (answers, losses) for epoch, answers, losses in rows}


def _choose(keeper: Keeper, epochs: Sequence[int], answers: Tensor, losses: Tensor, labels: Tensor) -> int:
    """The epoch that is kept of `answers` and `losses` [epochs, N], as the training chooses by all samples."""
    weights = label_weights(labels) / len(labels)
    shares = (100 * ((answers == labels).double() @ weights)).tolist()
    means = (losses.double() @ weights).tolist()
    other = Keeper(keeper.metric, keeper.method, keeper.max_epoch)
    for epoch, share, mean in zip(epochs, shares, means, strict=True):
        other.offer(epoch, {"val_acc": round(share, DIGITS), "val_loss": round(mean, DIGITS)})
    return other.epoch


def _parts(labels: Tensor, groups: Sequence[int] | None) -> Tensor:
    """int64 [N], 0 … PARTS − 1: every label spread evenly, groups whole."""
    numbers = torch.arange(len(labels)) if groups is None else torch.tensor(list(groups))
    _, of = numbers.unique(return_inverse=True)
    label_of = torch.zeros(int(of.max()) + 1 if len(of) else 0, dtype=torch.int64).scatter_(0, of, labels)
    order = torch.argsort(label_of, stable=True)
    part_of = torch.empty_like(order)
    part_of[order] = torch.arange(len(order)) % PARTS
    return part_of[of]
