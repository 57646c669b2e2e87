"""Leave a turn to others at the end of an epoch: what a training leaves behind, and when it waits to be asked."""

from __future__ import annotations

from mai import turn
from mai.train.engine import resume
from mai.train.engine.checkpoint_files import remove_free
from mai.train.engine.training import State, Training


def leave_if_asked(job: Training, state: State) -> None:
    """Raise TurnOver if others wait and the checkpoint of the last epoch is in place."""
    if not turn.is_asked_for() or state.saved_epoch != state.epoch:
        return
    remove_free(job.checkpoints)
    _keep_so_far(job, state)
    resume.keep_figures(job, state)
    turn.leave(**job.counted(state.epoch), since_best=since_best(job, state))


def let_others_come_first(job: Training, state: State) -> None:
    """Wait a moment for the server's line if the last epoch has left the first model that a pupil can use."""
    *before, last = [point.get("val_acc", 0.0) >= turn.USABLE_PERCENT for point in state.curves]
    if last and not any(before) and not job.has_quick_model:
        turn.wait_for_request()


def since_best(job: Training, state: State) -> int:
    """Epochs since the best one; those whose weights cannot be kept do not count."""
    return max(0, state.epoch - max(job.keeper.best_epoch, job.keeper.first_epoch() - 1))


def _keep_so_far(job: Training, state: State) -> None:
    """The best weights so far, with the metrics of their epoch."""
    if job.so_far is not None:
        metrics = next((point for point in state.curves if point["epoch"] == job.keeper.epoch), job.start_metrics or {})
        job.so_far(state.kept or resume.kept_weights(job.checkpoints), metrics)
