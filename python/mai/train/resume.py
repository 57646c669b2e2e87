"""Save where a training stands after every epoch, and go on from there."""

from __future__ import annotations

import copy

from mai import events
from mai.models.tensor_file import save_tensors
from mai.train.checkpoint import read_checkpoint
from mai.train.training import State, Training


def save(job: Training, state: State, best: bool) -> None:
    """best.pt first: killed between the two, the epoch is run again and writes the same best.pt."""
    if best:
        save_kept(job, state)
    save_tensors(job.checkpoints / "last.pt", {
        "fingerprint": job.fingerprint,
        "epoch": state.epoch,
        "batch_size": state.batch_size,
        "halved": state.halved,
        "curves": state.curves,
        "keeper": job.keeper.state(),
        "model": job.model.state_dict(),
        "ema": None if state.ema is None else state.ema.state_dict(),
        "optimizer": job.optimizer.state_dict(),
        "scaler": job.precision.scaler.state_dict(),
    })


def save_kept(job: Training, state: State) -> None:
    kept = job.model if state.ema is None else state.ema
    save_tensors(job.checkpoints / "best.pt", {"epoch": state.epoch, "model": kept.state_dict()})


def restore(job: Training) -> State | None:
    """Load `last.pt` into the model, the optimizer, the scaler and the keeper; None: there is nothing to resume."""
    saved = read_checkpoint(job.checkpoints / "last.pt", job.fingerprint)
    if saved is None or not (job.checkpoints / "best.pt").exists():
        return None
    job.model.load_state_dict(saved["model"])
    job.optimizer.load_state_dict(saved["optimizer"])
    job.precision.scaler.load_state_dict(saved["scaler"])
    job.keeper.restore(saved["keeper"])
    state = State(saved["epoch"], saved["batch_size"], saved["halved"], saved["curves"])
    if saved["ema"] is not None:
        state.ema = copy.deepcopy(job.model).requires_grad_(False)
        state.ema.load_state_dict(saved["ema"])
    _repeat_lost(job, state)
    return state


def _repeat_lost(job: Training, state: State) -> None:
    """An epoch can be in the checkpoint and not in the server's record, if the server died between."""
    if job.logged_epoch is None:
        return
    for point in state.curves:
        epoch = int(point["epoch"])
        if epoch > job.logged_epoch:
            matric = {key: value for key, value in point.items() if key != "epoch"}
            events.emit("epoch_end", epoch=epoch, max_epoch=job.max_epoch, matric=matric)
