"""Save where a training stands after every epoch, and go on from there."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from torch import Tensor

from mai import events
from mai.models.tensor_file import read_tensors, save_tensors
from mai.train.checkpoint import read_checkpoint
from mai.train.training import State, Training


def save(job: Training, state: State, best: bool) -> None:
    """Write `last.pt`; the epoch whose weights are kept is also `best.pt`, the same file by a second name.

    Killed between the two names, the epoch is run again and gives the same `best.pt`.
    """
    folder = job.checkpoints
    values = _everything(job, state)
    if not best:
        save_tensors(folder / "last.pt", values)
        return
    save_tensors(folder / "next.pt", values)
    _link(folder / "next.pt", folder / "best.pt")
    os.replace(folder / "next.pt", folder / "last.pt")


def save_start(job: Training, state: State) -> None:
    """The weights given are the best so far: there is no `last.pt` before the first epoch."""
    save_tensors(job.checkpoints / "best.pt", _everything(job, state))


def kept_weights(checkpoints: Path) -> dict[str, Tensor]:
    """The state dict in `best.pt`: the moving average where there is one."""
    values = read_tensors(checkpoints / "best.pt")
    return values["ema"] or values["model"]


def _everything(job: Training, state: State) -> dict[str, Any]:
    return {
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
    }


def _link(source: Path, target: Path) -> None:
    """Give `source` a second name in place of whatever bore it; a copy where the file system has no links."""
    name = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.")) / target.name
    try:
        os.link(source, name)
    except OSError:
        shutil.copyfile(source, name)
    os.replace(name, target)
    name.parent.rmdir()


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
