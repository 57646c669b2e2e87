"""The training loop of every project type: epochs, their events, checkpoints, resume.

A recipe fills a `Training` and calls `train`; what differs between photos, boxes and
sounds (batches, losses, validation) are plain functions in it.
"""

from __future__ import annotations

import math
import time
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from mai import events
from mai.errors import MaiError
from mai.out_of_memory import is_out_of_memory
from mai.train.engine import average, resume
from mai.train.engine.checkpoint_files import keep_last, remove_stale
from mai.train.engine.cuda_graphs import GraphedNetwork
from mai.train.engine.leaving import leave_if_asked, let_others_come_first, since_best
from mai.train.engine.memory import release
from mai.train.engine.progress import Eta, announced_batches
from mai.train.engine.training import Outcome, State, Training, batch_count, network_kept

__all__ = ["evaluate", "train", "train_one_epoch"]


def train(job: Training, from_checkpoint: bool = False) -> Outcome:
    """Train to the last epoch; with `from_checkpoint` from the last finished one, if there is any.

    Raises MaiError `loss_not_finite`, `batch_of_one`, `out_of_memory`; TurnOver, at the end of an epoch, if others
    wait for the turn of this training.

    A training that was killed and resumed ends with the same weights as one that was not
    (bit for bit on the CPU): random numbers come from seed and epoch alone, the learning rate
    from the epoch, and everything else is in `last.pt`, in place before the epoch is announced
    (on a GPU not of every epoch: mai.train.engine.resume).
    """
    remove_stale(job.checkpoints)
    restored = resume.restore(job) if from_checkpoint else None
    if restored is None:
        state = _start(job)
    else:
        state, trained = restored
        metrics = resume.recall_figures(job, state) or trained | evaluate(job, state)
        _end_epoch(job, state, metrics, saved=True)
    state.graphs = _graphs(job)
    eta, begun_at = Eta(job.max_epoch, job.epoch_cost), state.epoch
    while state.epoch < job.max_epoch and not job.gives_up(state.curves) and not _stops_early(job, state):
        if state.epoch > begun_at:
            leave_if_asked(job, state)
        _run_epoch(job, state, eta)
    job.model.load_state_dict(state.kept or resume.kept_weights(job.checkpoints))
    run = state.epoch - begun_at
    return Outcome(job.keeper.epoch, job.keeper.value, state.curves, state.batch_size, state.seconds, run)


def _start(job: Training) -> State:
    state = State(batch_size=job.batch_size)
    if job.ema_decay:
        state.ema = average.MovingAverage(job.model)
    for group in job.optimizer.param_groups:
        group["base_lr"] = group["lr"]
    if job.start_metrics is not None and job.keeper.offer(0, job.start_metrics):
        resume.keep_start(job, state)
    return state


def _graphs(job: Training) -> GraphedNetwork | None:
    return GraphedNetwork(job.model, job.precision) if job.precision.device.type == "cuda" else None


def _run_epoch(job: Training, state: State, eta: Eta) -> None:
    epoch = state.epoch + 1
    events.emit("epoch_start", **job.counted(epoch))
    begun = time.monotonic()
    try:
        with state.cores.counting():
            trained = train_one_epoch(job, state, epoch)
        throughput = job.samples / max(time.monotonic() - begun, 1e-9)
        _share_cores(job, state)
        saved = resume.is_due(job, state)
        with resume.writing(job, state, trained) if saved else nullcontext():
            metrics = trained | evaluate(job, state)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        _halve_batch(job, state, error)
        return
    except ValueError as error:
        if not _is_batch_of_one(error):
            raise
        raise MaiError(
            "batch_of_one",
            batch_size=state.batch_size,
        ) from error
    _end_epoch(job, state, metrics, saved, eta_s=round(eta.after(epoch), 1), throughput=round(throughput, 1))
    if saved:
        let_others_come_first(job, state)


def _share_cores(job: Training, state: State) -> None:
    """Go on with one thread where others use the cores. The checkpoint says so: the weights depend on it."""
    if job.shares_cores and torch.get_num_threads() > 1 and state.cores.were_few():
        state.one_thread = True
        torch.set_num_threads(1)


def _end_epoch(job: Training, state: State, metrics: dict[str, float], saved: bool, **pace: float) -> None:
    """Record, keep and announce an epoch. Without `pace` an earlier process has run it.

    `saved`: its checkpoint is in place.
    """
    state.epoch += 1
    state.saved_epoch = state.epoch if saved else state.saved_epoch
    state.curves.append({"epoch": state.epoch, **metrics})
    if job.keeper.offer(state.epoch, metrics):
        if saved:
            keep_last(job.checkpoints)
            state.kept = None
        else:
            state.kept = resume.weights_now(job, state)
    is_news = bool(pace) or resume.is_lost(job, state.epoch)
    if is_news:
        events.emit("epoch_end", **job.counted(state.epoch), matric=metrics, **pace)
    after_epoch = job.after_epoch if is_news else job.recall_epoch or job.after_epoch
    if after_epoch is not None:
        after_epoch(state.epoch, metrics)


def train_one_epoch(job: Training, state: State, epoch: int) -> dict[str, float]:
    """One pass over the training samples; the mean of every loss. No number is read back per step."""
    seed = job.seed * 100_003 + epoch
    _seed_dropout(job.precision.device, seed)
    rng = torch.Generator().manual_seed(seed)
    job.epoch = epoch
    job.set_train_mode(job.model)
    device, scaler = job.precision.device, job.precision.scaler
    count = batch_count(job.samples, state.batch_size)
    network = state.graphs or job.model
    sums: dict[str, Tensor] = {}
    seen = 0
    batches = job.batches(state.batch_size, rng)
    for number, announced in announced_batches(count):
        batch = next(batches)
        factor = job.schedule(epoch - 1 + number / count)
        for group in job.optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        with job.precision.autocast():
            losses = job.losses(network, batch)
        job.optimizer.zero_grad(set_to_none=True)
        scaler.scale(losses["train_loss"]).backward()
        if job.max_grad_norm:
            scaler.unscale_(job.optimizer)
            _clip_gradients(job)
        scaler.step(job.optimizer)
        scaler.update()
        if state.ema is not None:
            state.ema.update(average.ramp(job.ema_decay, (epoch - 1) * count + number))
        seen += len(batch[0])
        for key, value in losses.items():
            total = sums.setdefault(key, torch.zeros((), device=device))
            total += value.detach().float() * len(batch[0])
        if announced:  # reading a number waits for the device: only where an event is due anyway
            _check_finite(sums["train_loss"].item(), job.counted(epoch)["epoch"])
    return {key: round(total.item() / seen, 5) for key, total in sums.items()}


def _seed_dropout(device: torch.device, seed: int) -> None:
    """Seed the device's own random numbers (torch.manual_seed also takes notes for all devices that are not there)."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed_all(seed)


def _clip_gradients(job: Training) -> None:
    """Scale all gradients down together where their norm is above the limit."""
    parameters = list(job.model.parameters())
    if job.precision.device.type == "cuda":  # without reading the norm back
        nn.utils.clip_grad_norm_(parameters, job.max_grad_norm)
        return
    norm = nn.utils.get_total_norm(parameter.grad for parameter in parameters if parameter.grad is not None)
    if not norm <= job.max_grad_norm:
        nn.utils.clip_grads_with_norm_(parameters, job.max_grad_norm, norm)


@torch.inference_mode()
def evaluate(job: Training, state: State) -> dict[str, float]:
    """Validate the weights that would be kept. Raises MaiError if the loss is not finite."""
    model = network_kept(job, state)
    model.eval()
    with job.precision.autocast():
        metrics = job.validate(model, state.batch_size)
    _check_finite(metrics.get("val_loss", 0.0), job.counted(state.epoch + 1)["epoch"])
    return {key: round(float(value), 5) for key, value in metrics.items()}


def _check_finite(loss: float, epoch: int) -> None:
    if math.isfinite(loss):
        return
    raise MaiError(
        "loss_not_finite",
        epoch=epoch,
        value=str(loss),
    )


def _is_batch_of_one(error: ValueError) -> bool:
    """Batch norm behind a global pooling has one value a channel and sample: of one sample it can learn nothing."""
    return "more than 1 value per channel" in str(error)


def _halve_batch(job: Training, state: State, error: BaseException) -> None:
    # Of the batches really made: fewer samples than batch_size are one smaller batch, and half of 512 the same again.
    largest = math.ceil(job.samples / batch_count(job.samples, state.batch_size))
    if largest < 2:
        raise MaiError(
            "out_of_memory",
            batch_size=state.batch_size,
        ) from error
    halved = largest // 2
    events.notice(
        "batch_halved",
        before=state.batch_size,
        after=halved,
    )
    state.batch_size = halved
    job.optimizer.zero_grad(set_to_none=True)
    state.graphs = _graphs(job)  # the old ones hold memory
    release(job.precision.device)


def _stops_early(job: Training, state: State) -> bool:
    if not job.early_stopping or since_best(job, state) < job.early_stopping:
        return False
    events.notice(
        "stopped_early",
        epoch=job.counted(state.epoch)["epoch"],
        patience=job.early_stopping,
    )
    return True
