"""Read and write report.json, which describes a model's training and conversion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mai.events import finite

NAME = "report.json"


def report_text(report: Mapping[str, Any]) -> str:
    """The whole file. Numbers that are not finite become null, as JSON has none."""
    return json.dumps(finite(dict(report)), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write_report_file(folder: Path, report: Mapping[str, Any]) -> None:
    (folder / NAME).write_text(report_text(report), encoding="utf-8", newline="\n")
