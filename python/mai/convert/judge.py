"""Is the board's model good enough? If not: a notice in plain words, with the likely cause."""

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

# cause → what it means and what to do, in English; the server's catalogue has the Thai
CAUSES = {
    "close_calls": "most of them were close calls already: add photos of the labels that are mixed up and train longer",
    "few_photos": "only {photos} photos could be used to measure the network: add photos and train again",
    "coarse_layer": "layer {layer} ({type}) loses the most in 8 bits: train longer, or choose another network",
    "rounding": "many small roundings add up in this network: train longer, or choose another network",
}  # fmt: skip


def tell_if_worse(outcome: Outcome, report: dict[str, Any]) -> None:
    """Emit a notice `convert_low_<cause>` where agreement is under 95 % or accuracy more than 2 points lower."""
    lost = outcome.accuracy_float - outcome.accuracy_board
    if outcome.agreement.share >= LEAST_AGREEMENT and lost <= MOST_LOST:
        return
    cause, details = likely_cause(report)
    advice = CAUSES[cause].format(**details)
    events.notice(
        f"convert_low_{cause}",
        f"for {report['agreement']:g} % of the samples that were compared the board gives the same answer as the "
        f"computer ({report['measure']} {report['accuracy_float']:g} %, on the board {report['accuracy_board']:g} %): "
        f"{advice}",
        agreement=report["agreement"], accuracy_float=report["accuracy_float"],
        accuracy_board=report["accuracy_board"], measure=report["measure"], **details,
    )  # fmt: skip


def tell_if_usual_threshold_hides(report: dict[str, Any]) -> None:
    """Emit `convert_threshold` where the block's usual threshold finds less than half of what the chosen one finds."""
    found, at_usual = report.get("boxes_found", 0), report.get("boxes_found_at_usual_threshold", 0)
    if 2 * at_usual >= found:
        return
    events.notice(
        "convert_threshold",
        f"set the threshold of the block to {report['threshold']:g}: at its usual {USUAL_THRESHOLD:g} the board finds "
        f"only {at_usual} of the {found} boxes that it can find",
        threshold=report["threshold"], usual=USUAL_THRESHOLD, found=found, found_at_usual=at_usual,
    )  # fmt: skip


def tell_unknown(report: dict[str, Any], train_split: int) -> None:
    """Emit `convert_unknown` with the output below which something is none of the labels, or why there is none.

    `convert_unknown_tried` where the training has hidden labels to see how often they are noticed. `train_split`:
    percent of the samples that are learnt.
    """
    found = report.get("unknown")
    if found is None:
        return
    missing = found["needed"] - found["checked"]
    if missing > 0:
        more = math.ceil(missing * 100 / (100 - train_split))
        events.notice(
            "convert_unknown_few",
            f"the model cannot say yet that something is none of the labels: it must be tested with {found['needed']} "
            f"samples of different scenes for that, and was tested with {found['checked']}. Most samples are for "
            f"learning, so about {more} more are needed, each of a new scene",
            needed=found["needed"], checked=found["checked"], more=more,
        )  # fmt: skip
        return
    if found["threshold"] is None:
        return  # its outputs are no numbers, which is said elsewhere
    tried = found.get("left_out")
    if tried is not None:
        events.notice(
            "convert_unknown_tried",
            f"where the largest output on the board is below {found['threshold']:g}, it is probably none of the "
            f"labels: about {found['kept_percent']} of 100 new samples of the labels reach it ({found['checked']} were "
            f"asked). {tried['hidden']} of the {tried['labels']} labels were hidden from a quick model, one at a time: "
            f"it noticed {tried['right']} of {tried['checked']} photos of the hidden label as something else",
            threshold=found["threshold"], kept=found["kept_percent"], checked=found["checked"],
            noticed=tried["right"], others=tried["checked"], hidden=tried["hidden"], labels=tried["labels"],
        )  # fmt: skip
        return
    events.notice(
        "convert_unknown",
        f"where the largest output on the board is below {found['threshold']:g}, it is probably none of the labels: "
        f"about {found['kept_percent']} of 100 new samples of the labels reach it ({found['checked']} were asked). How "
        "often it notices other things was not measured: show it some and see",
        threshold=found["threshold"], kept=found["kept_percent"], checked=found["checked"],
    )  # fmt: skip


def likely_cause(report: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Key of CAUSES and the values in its sentence."""
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
