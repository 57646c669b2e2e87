"""Save where a training stands after an epoch, and go on from there.

On a processor every epoch is saved. On a GPU an epoch of 200 photos takes a fraction of what its
checkpoint takes to write, and one is written every GPU_INTERVAL_S: what a kill costs is that at most.

A checkpoint holds an epoch whose training pass is done and whose validation is not: so it is
written while the validation runs, and a resumed training validates again. A training that leaves its turn
puts the figures of its last epoch beside it, and need not. One that is asked to leave saves the epoch that it is in.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mai import events, turn
from mai.models.tensor_file import read_tensors, save_tensors
from mai.train.engine.average import MovingAverage
from mai.train.engine.checkpoint import read_checkpoint, read_kept
from mai.train.engine.checkpoint_files import BEST, LAST, name_file, write_file
from mai.train.engine.packing import pack, unpack
from mai.train.engine.training import State, Training, network_kept

GPU_INTERVAL_S = 5.0
FIGURES = "figures.pt"


@contextmanager
def writing(job: Training, state: State, trained: dict[str, float]) -> Iterator[None]:
    """Write `last.pt` beside the block, which must change no weights; it is in place when the block has ended.

    `trained` are the losses of the training pass of epoch `state.epoch + 1`. Nothing is
    put in place if the block fails. Raises OSError if it cannot be written.
    """
    values = _everything(job, state, trained)
    with ThreadPoolExecutor(1, "checkpoint") as pool:
        written = pool.submit(lambda: write_file(job.checkpoints, pack(values)))
        yield
        file = written.result()
    name_file(file, LAST)
    state.saved_at = time.monotonic()


def checkpoint_interval(device: torch.device) -> float:
    """Seconds between the checkpoints of a training on `device`; 0: every epoch."""
    return 0.0 if device.type == "cpu" else GPU_INTERVAL_S


def is_due(job: Training, state: State) -> bool:
    """Whether the epoch that now ends is to be saved."""
    is_old = time.monotonic() - state.saved_at >= checkpoint_interval(job.precision.device)
    return is_old or turn.is_asked_for() or state.epoch + 1 in job.saved_epochs


def weights_now(job: Training, state: State) -> dict[str, Tensor]:
    """A copy of the weights that would be kept of this epoch, where they are."""
    return {key: value.clone() for key, value in network_kept(job, state).state_dict().items()}


def keep_start(job: Training, state: State) -> None:
    """The weights given are the best so far: there is no `last.pt` before the first epoch."""
    name_file(write_file(job.checkpoints, pack(_everything(job, state, {}))), BEST)


def kept_weights(checkpoints: Path) -> dict[str, Tensor]:
    """The state dict in `best.pt`: the moving average where there is one."""
    values = unpack(read_tensors(checkpoints / BEST))
    return values["ema"] or values["model"]


def restore(job: Training) -> tuple[State, dict[str, float]] | None:
    """Load `last.pt` into the model, the optimizer, the scaler and the keeper.

    Returns the state before the checkpoint's epoch was validated and the losses of its
    training pass; None: there is nothing to resume.
    """
    saved = read_checkpoint(job.checkpoints / LAST, job.fingerprint)
    if saved is None:
        return None
    nothing_kept = saved["keeper"]["rank"] is None and saved["keeper"]["epoch"] == 0
    kept = saved.get("kept")
    if kept is None and not nothing_kept and not (job.checkpoints / BEST).exists():
        return None
    job.model.load_state_dict(saved["model"])
    job.optimizer.load_state_dict(saved["optimizer"])
    if saved["scaler"]:  # empty from a device that trained without loss scaling
        job.precision.scaler.load_state_dict(saved["scaler"])
    job.keeper.restore(saved["keeper"])
    job.epoch = saved["epoch"]
    state = State(saved["epoch"] - 1, saved["batch_size"], saved["curves"])
    state.kept = kept
    if "held_back" in saved:
        job.held_back.restore(saved["held_back"])
    state.seconds_before = saved.get("seconds", 0.0)
    state.one_thread = saved.get("one_thread", False)
    if state.one_thread:
        torch.set_num_threads(1)
    if saved["ema"] is not None:
        state.ema = MovingAverage(job.model)
        state.ema.network.load_state_dict(saved["ema"])
    _repeat_lost(job, state)
    return state, saved["trained"]


def keep_figures(job: Training, state: State) -> None:
    """Put the last epoch's figures beside its checkpoint, which holds none. A full disk costs a validation later."""
    figures = {"curve": state.curves[-1], "held_back": job.held_back.state(), "fingerprint": job.fingerprint}
    with suppress(OSError):
        save_tensors(job.checkpoints / FIGURES, pack(figures))


def recall_figures(job: Training, state: State) -> dict[str, float] | None:
    """The figures of the checkpoint's epoch, as `keep_figures` has left them; None: it must be validated again."""
    kept = read_kept(job.checkpoints / FIGURES)
    if kept is None or kept["fingerprint"] != job.fingerprint or kept["curve"]["epoch"] != state.epoch + 1:
        return None
    job.held_back.restore(kept["held_back"])
    return {key: value for key, value in kept["curve"].items() if key != "epoch"}


def is_lost(job: Training, epoch: int) -> bool:
    """An epoch can be in the checkpoint and not in the server's record, if the server died between."""
    return job.logged_epoch is not None and job.epochs_before + epoch > job.logged_epoch


def _repeat_lost(job: Training, state: State) -> None:
    for point in state.curves:
        epoch, metrics = int(point["epoch"]), {key: value for key, value in point.items() if key != "epoch"}
        if is_lost(job, epoch):
            events.emit("epoch_end", **job.counted(epoch), matric=metrics)
        if job.recall_epoch is not None:
            job.recall_epoch(epoch, metrics)


def _everything(job: Training, state: State, trained: dict[str, float]) -> dict[str, Any]:
    return {
        "fingerprint": job.fingerprint,
        "epoch": state.epoch + 1 if trained else state.epoch,
        "trained": dict(trained),
        "batch_size": state.batch_size,
        "one_thread": state.one_thread,
        "curves": list(state.curves),
        "seconds": state.seconds,
        "keeper": job.keeper.state(),
        "model": job.model.state_dict(),
        "ema": None if state.ema is None else state.ema.network.state_dict(),
        "optimizer": job.optimizer.state_dict(),
        "kept": state.kept,
        "held_back": job.held_back.state(),
        "scaler": job.precision.scaler.state_dict(),
    }
