"""Write report.json: the training's part unchanged, and the results of the conversion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mai.convert.agreement import agreement_fields
from mai.convert.job import Job, Outcome
from mai.events import finite
from mai.models.report_file import write_report_file


def percent(fraction: float) -> float:
    """0..1 → 0..100, two places."""
    return round(100 * fraction, 2)


def write_report(job: Job, outcome: Outcome, model: Path, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Write `{"training": …, "conversion": …}` and return the second part."""
    conversion = {
        "board": job.project.board, "model": job.trained.name, "project_type": job.trained.project_type,
        "agreement": percent(outcome.agreement.share), "compared": agreement_fields(outcome.agreement),
        "accuracy_float": percent(outcome.accuracy_float),
        "accuracy_board": percent(outcome.accuracy_board), **outcome.report,
        "files": {file.name: file.stat().st_size for file in sorted(job.build.iterdir())},
        "seconds": {**seconds, "total": round(sum(seconds.values()), 3)},
    }  # fmt: skip
    trained = _trained(model)
    left_out = ((trained.get("training") or {}).get("instant") or {}).get("left_out")
    if left_out is not None and "hidden" in left_out and "unknown" in conversion:
        conversion["unknown"] = {**conversion["unknown"], "left_out": left_out}
    whole = finite({**trained, "conversion": conversion})
    write_report_file(job.build, whole)
    return whole["conversion"]


def _trained(model: Path) -> dict[str, Any]:
    """The training's report without an older conversion's part; empty if it cannot be read."""
    try:
        report = json.loads((model / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in report.items() if key != "conversion"} if isinstance(report, dict) else {}
