"""What a training reports on its way: its start, its batches (rate-limited), the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from mai import events
from mai.device import device_name
from mai.train.engine.training import Training

PAIR_INTERVAL_S = 0.2  # a batch is two events: about ten events a second at most


def announce_start(job: Training, model: str, train_samples: int, val_samples: int) -> None:
    """Samples are photos or clips; an epoch may go through several copies of each."""
    events.emit(
        "train_start",
        model=model,
        epochs=job.max_epoch,
        train_samples=train_samples,
        val_samples=val_samples,
        device=device_name(job.precision.device),
    )


def announced_batches(count: int) -> Iterator[tuple[int, bool]]:
    """Yield (batch from 1, announced), with batch_start and batch_end around each announced batch.

    The first and the last batch are always announced; between them no more than one pair in
    0.2 s, so that batches of milliseconds do not flood the stream. `announced` is also the
    moment at which the loop may look at numbers on the device without slowing it down.
    """
    last = -PAIR_INTERVAL_S
    for batch in range(1, count + 1):
        now = time.monotonic()
        announced = batch in (1, count) or now - last >= PAIR_INTERVAL_S
        if announced:
            last = now
            events.emit("batch_start", batch=batch, max_batch=count)
        yield batch, announced
        if announced:
            events.emit("batch_end", batch=batch, max_batch=count)


class Eta:
    """Seconds until the last epoch ends, from the epochs this process has run itself.

    `cost` of an epoch (1..) is its time beside that of the others, where they are not alike.
    """

    def __init__(self, max_epoch: int, cost: Callable[[int], float] = lambda _epoch: 1.0) -> None:
        self._max_epoch = max_epoch
        self._cost = cost
        self._start = time.monotonic()
        self._done = 0.0

    def after(self, epoch: int) -> float:
        self._done += self._cost(epoch)
        left = sum(self._cost(later) for later in range(epoch + 1, self._max_epoch + 1))
        return (time.monotonic() - self._start) / self._done * left
