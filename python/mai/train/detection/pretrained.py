"""A second network where the one that was asked for finds too little: it knows thousands of things already.

Slim YOLOv2 begins from random weights. It is the faster one on the board, and it is kept unless the pretrained
detector is clearly better on the same held-back photos.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from mai import events
from mai.detect.anchors import ANCHORS
from mai.models.weights import times_fewer_frames
from mai.train.detection import recipe
from mai.train.detection.prepare import KIND, Prepared, may_try_pretrained, prepare_pretrained
from mai.train.detection.validate import curves_of, run_validation
from mai.train.engine.loop import train
from mai.train.engine.training import Outcome
from mai.train.plan.plan import Plan


def better_network(plan: Plan, first: Prepared, outcome: Outcome) -> tuple[Prepared, Outcome]:
    """The network to keep and how its training went: the `first` one, or the pretrained one if it is clearly better."""
    if not may_try_pretrained(plan, first.name):
        return first, outcome
    found = mean_precision(plan, first)
    if found >= recipe.GOOD_ENOUGH:
        return first, outcome
    epochs = min(recipe.PRETRAINED_EPOCHS, first.job.max_epoch // 2)
    events.notice("detector_tries_pretrained", asked=first.name, found=round(found, 1), epochs=epochs)
    other = prepare_pretrained(plan, first, epochs, len(outcome.curves))
    after = _joined(outcome, train(other.job, from_checkpoint=plan.resume))
    found_now = mean_precision(plan, other)
    # A network that gave up half-way is not worth more pictures a second.
    needed = found if first.job.gives_up(outcome.curves) else found + recipe.CLEARLY_BETTER
    if found_now < needed:
        events.notice("detector_kept", asked=first.name, found=round(found, 1), other=round(found_now, 1))
        return first, replace(outcome, curves=after.curves, seconds=after.seconds)
    least, most = times_fewer_frames(KIND, first.name, other.name)
    events.notice(
        "detector_pretrained",
        asked=first.name,
        used=other.name,
        found=round(found, 1),
        found_now=round(found_now, 1),
        fewer_least=least,
        fewer_most=most,
    )
    return other, after


def mean_precision(plan: Plan, prepared: Prepared) -> float:
    """mAP@0.5 in percent of the kept weights on the held-back photos, as the epochs tell it."""
    job, config = prepared.job, plan.project.train
    anchors = torch.tensor(ANCHORS, device=job.precision.device)
    job.model.eval()
    with job.precision.autocast():
        seen = run_validation(job.model, prepared.squares, anchors, config.iou_threshold, job.precision.device)
    return curves_of(seen, prepared.squares, plan.project.labels)["mAP"]


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
