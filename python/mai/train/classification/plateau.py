"""The notice that more training no longer helps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from mai import events

PATIENCE = 5  # epochs without a gain, at least …
PATIENCE_SHARE = 0.25  # … and this part of all epochs: with many, gains come slowly
SMOOTHING = 0.4  # of the newest loss in the smoothed one: single epochs jump
LOSS_GAIN = 0.98  # times the smallest smoothed loss
ACCURACY_GAIN = 0.5  # points
ENOUGH = 20  # samples held back that count alike; of fewer, one more right answer says nothing


class AfterEpoch(Protocol):
    """`is_recalled`: an earlier process has run the epoch, and said what there was to say."""

    def __call__(self, epoch: int, metrics: Mapping[str, float], is_recalled: bool = False) -> None: ...


def plateau_notice(max_epoch: int, warmup: float, checked: int, independent: float) -> AfterEpoch:
    """For `Training.after_epoch`: a notice, once, when neither accuracy nor smoothed loss have gained for long.

    `warmup` in epochs: what happens in them is not compared with. `checked` samples are held back, which say as much
    as `independent` (mai.quality.accuracy). Where all of them are right, they cannot show a gain, and another
    sentence says that.
    """
    patience = max(PATIENCE, math.ceil(max_epoch * PATIENCE_SHARE))
    warm = math.ceil(min(warmup, max_epoch / 5))
    smoothed: float | None = None
    least_loss = math.inf
    best_accuracy = -math.inf
    best_epoch = warm
    said = False

    def after_epoch(epoch: int, metrics: Mapping[str, float], is_recalled: bool = False) -> None:
        nonlocal smoothed, least_loss, best_accuracy, best_epoch, said
        if epoch <= warm:
            return
        accuracy, loss = metrics["val_acc"], metrics["val_loss"]
        smoothed = loss if smoothed is None else smoothed + SMOOTHING * (loss - smoothed)
        all_right = accuracy >= 100
        if accuracy > best_accuracy + ACCURACY_GAIN or (smoothed < least_loss * LOSS_GAIN and not all_right):
            # Compared with the last gain, so that many small ones add up.
            best_epoch, best_accuracy, least_loss = epoch, max(best_accuracy, accuracy), min(least_loss, smoothed)
        if said or epoch - best_epoch < patience or epoch >= max_epoch:
            return
        said = all_right or independent >= ENOUGH
        if is_recalled or not said:
            return
        if all_right:
            events.notice(
                "training_all_right",
                epoch=epoch, best_epoch=best_epoch, checked=checked,
            )  # fmt: skip
        else:
            events.notice(
                "training_plateau",
                epoch=epoch, best_epoch=best_epoch,
            )  # fmt: skip

    return after_epoch
