"""Notify the pupil if the board's model is not good enough, with the likely cause and what to do."""

from __future__ import annotations

import math
from typing import Any

from mai import events
from mai.convert.job import Outcome
from mai.detect.threshold import USUAL_THRESHOLD

LEAST_AGREEMENT = 0.95
MOST_LOST = 0.02  # of the accuracy
UNSURE = 0.7  # a probability below this was a close call before the conversion already
FEW_PHOTOS = 8  # calibration photos; the scales then rest on chance
COARSE = 0.98  # cosine similarity of a layer below which it stands out


def notify_if_worse(outcome: Outcome, report: dict[str, Any]) -> None:
    """Emit a notice `convert_low_<cause>` if agreement is under 95 % or accuracy is more than 2 points lower."""
    lost = outcome.accuracy_float - outcome.accuracy_board
    if outcome.agreement.share >= LEAST_AGREEMENT and lost <= MOST_LOST:
        return
    cause, details = likely_cause(report)
    events.notice(
        f"convert_low_{cause}",
        agreement=report["agreement"], accuracy_float=report["accuracy_float"],
        accuracy_board=report["accuracy_board"], measure=report["measure"], **details,
    )  # fmt: skip


def notify_if_usual_threshold_hides(report: dict[str, Any]) -> None:
    """Emit `convert_threshold` if the block's usual threshold finds less than half of what the chosen one finds."""
    found, at_usual = report.get("boxes_found", 0), report.get("boxes_found_at_usual_threshold", 0)
    if 2 * at_usual >= found:
        return
    events.notice(
        "convert_threshold",
        threshold=report["threshold"], usual=USUAL_THRESHOLD, found=found, found_at_usual=at_usual,
    )  # fmt: skip


def notify_unknown(report: dict[str, Any], train_split: int) -> None:
    """Emit `convert_unknown` with the output below which something is none of the labels, or why there is none.

    It is `convert_unknown_tried` if the training has hidden labels to measure how often they are noticed.
    `train_split`: percent of the samples that are learnt.
    """
    found = report.get("unknown")
    if found is None:
        return
    missing = found["needed"] - found["checked"]
    if missing > 0:
        more = math.ceil(missing * 100 / (100 - train_split))
        events.notice(
            "convert_unknown_few",
            needed=found["needed"], checked=found["checked"], more=more,
        )  # fmt: skip
        return
    if found["threshold"] is None:
        return  # the outputs are no numbers (NaN), which is reported elsewhere
    tried = found.get("left_out")
    if tried is not None:
        events.notice(
            "convert_unknown_tried",
            threshold=found["threshold"], kept=found["kept_percent"], checked=found["checked"],
            noticed=tried["right"], others=tried["checked"], hidden=tried["hidden"], labels=tried["labels"],
        )  # fmt: skip
        return
    events.notice(
        "convert_unknown",
        threshold=found["threshold"], kept=found["kept_percent"], checked=found["checked"],
    )  # fmt: skip


def likely_cause(report: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """`close_calls`, `few_photos`, `coarse_layer` or `rounding`, and what the sentence `convert_low_<cause>` needs."""
    photos = len(report.get("calibration", {}).get("samples", ()))
    if photos and photos < FEW_PHOTOS:
        return "few_photos", {"photos": photos}
    sure = [answer["float"]["prob"] for answer in report["changed"] if isinstance(answer["float"], dict)]
    if sure and sum(prob < UNSURE for prob in sure) * 2 > len(sure):
        return "close_calls", {}
    worst = report.get("worst_layers") or [None]
    if worst[0] is not None and worst[0]["cosine"] < COARSE:
        return "coarse_layer", {"layer": worst[0]["layer"], "type": worst[0]["type"]}
    return "rounding", {}
