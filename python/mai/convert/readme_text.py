"""Write README.txt of model.zip for pupils, in English and in Thai."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mai.convert.readme_sentences import ENGLISH, THAI
from mai.detect.threshold import USUAL_THRESHOLD

Texts = Mapping[str, str]


def readme(board_files: Sequence[str], report: dict[str, Any]) -> str:
    """`report` is the conversion's part of report.json."""
    english, thai = (list(_paragraphs(texts, board_files, report)) for texts in (ENGLISH, THAI))
    return "\n\n".join([*english, "-" * 60, *thai]) + "\n"


def _paragraphs(texts: Texts, board_files: Sequence[str], report: dict[str, Any]) -> Iterator[str]:
    kind = report["project_type"]
    thing = texts["clips" if kind == "VOICE_CLASSIFICATION" else "photos"]
    yield texts["title"].format(board=report["board"], does=texts[kind], model=report["model"])
    yield texts["install"].format(files=", ".join(board_files))
    yield texts["quality"].format(
        used=report["held_back"]["used"], thing=thing, float=_right(texts, report, "float", thing),
        board=_right(texts, report, "board", thing), same=texts["same"].format(**report["compared"], thing=thing),
    )  # fmt: skip
    if kind == "IMAGE_CLASSIFICATION" and report.get("board_shows") != "probability":
        yield texts["raw_output"]
    unknown = report.get("unknown", {})
    if unknown.get("threshold") is not None:
        yield texts["unknown"].format(
            limit=unknown["threshold"], kept=unknown["kept_percent"], thing=thing, tried=_tried(texts, unknown)
        )
    if "threshold" in report:
        yield texts["threshold"].format(threshold=report["threshold"], usual=USUAL_THRESHOLD)
    if report.get("frame_rate"):
        yield texts["speed"].format(**report["frame_rate"])
    if report.get("milliseconds"):
        yield texts["milliseconds"].format(**report["milliseconds"])
    yield texts["end"]


def _right(texts: Texts, report: dict[str, Any], stage: str, thing: str) -> str:
    """The sentence on how many answers were right; for boxes a percentage, as mAP has no counts."""
    if "checked" not in report:
        return texts["percent"].format(percent=report[f"accuracy_{stage}"], measure=report["measure"])
    return texts["right"].format(**report["checked"][stage], thing=thing)


def _tried(texts: Texts, unknown: dict[str, Any]) -> str:
    """The sentence on how often other things were noticed, or that it was not measured."""
    tried = unknown.get("left_out")
    return texts["not_tried"] if tried is None else texts["tried"].format(**tried)
