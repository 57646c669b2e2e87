"""Train a second, pretrained network if the chosen one finds too little.

Slim YOLOv2 begins from random weights. It is the faster one on the board, and it is kept unless the pretrained
detector is clearly better on the same held-back photos.
"""

from __future__ import annotations

from dataclasses import replace

from mai import events, turn
from mai.errors import MaiError
from mai.models.weights import frames_on_board
from mai.train.detection import recipe
from mai.train.detection.prepare import (
    KIND,
    Prepared,
    Tried,
    may_try_pretrained,
    prepare_pretrained,
    pretrained_checkpoints,
)
from mai.train.engine.checkpoint_files import LAST
from mai.train.engine.loop import train
from mai.train.engine.training import Outcome
from mai.train.plan.plan import Plan


def better_network(plan: Plan, first: Prepared, outcome: Outcome) -> tuple[Prepared, Outcome]:
    """The network to keep and how its training went: the `first` one, or the pretrained one if it is clearly better.

    Raises TurnOver between the two if others wait for the turn of this training.
    """
    if not may_try_pretrained(plan, first.name):
        return first, outcome
    found = mean_precision(first)
    if found >= recipe.GOOD_ENOUGH:
        return first, outcome
    epochs = min(recipe.PRETRAINED_EPOCHS, first.job.max_epoch // 2)
    if turn.is_asked_for() and outcome.epochs_run > 0:  # else it would leave again and again
        done = len(outcome.curves)
        turn.leave(epoch=done, max_epoch=done + epochs, since_best=0)
    if not (plan.resume and (pretrained_checkpoints(plan) / LAST).exists()):  # else it was said before
        events.notice("detector_tries_pretrained", asked=first.name, found=round(found, 1), epochs=epochs)
    try:
        other = prepare_pretrained(plan, first, epochs, len(outcome.curves))
        after = _joined(outcome, train(other.job, from_checkpoint=plan.resume))
    except MaiError as error:
        events.notice("detector_pretrained_failed", asked=first.name, reason=error.msg)
        return first, outcome
    return _choose(first, outcome, found, other, after, mean_precision(other))


def _choose(
    first: Prepared, outcome: Outcome, found: float, other: Prepared, after: Outcome, found_now: float
) -> tuple[Prepared, Outcome]:
    tried = (Tried(first.name, len(outcome.curves), found), Tried(other.name, other.job.max_epoch, found_now))
    # A network that gave up half-way is not worth more pictures a second.
    needed = found if first.job.gives_up(outcome.curves) else found + recipe.CLEARLY_BETTER
    if found_now < needed:
        events.notice("detector_kept", asked=first.name, found=round(found, 1), other=round(found_now, 1))
        return replace(first, tried=tried), replace(outcome, curves=after.curves, seconds=after.seconds)
    (_, asked_most), (least, most) = (frames_on_board(KIND, network.name) for network in (first, other))
    events.notice(
        "detector_pretrained",
        asked=first.name,
        used=other.name,
        found=round(found, 1),
        found_now=round(found_now, 1),
        frames_least=least,
        frames_most=most,
        frames_asked=asked_most,
    )
    return replace(other, tried=tried), after


def mean_precision(prepared: Prepared) -> float:
    """mAP@0.5 in percent of the kept weights on the held-back photos, measured as after each epoch."""
    job = prepared.job
    job.model.eval()
    with job.precision.autocast():
        return job.validate(job.model, job.batch_size)["mAP"]


def _joined(before: Outcome, after: Outcome) -> Outcome:
    """The second training's, counted on behind the first."""
    epochs_before = len(before.curves)
    later = [{**point, "epoch": point["epoch"] + epochs_before} for point in after.curves]
    return replace(
        after,
        epoch=after.epoch + epochs_before,
        curves=[*before.curves, *later],
        seconds=before.seconds + after.seconds,
    )
