"""Find labels that would break the board's program, which holds them between quotation marks as they are."""

from __future__ import annotations

import re

from mai import events
from mai.config import Project
from mai.data.findings import NAMED

_BREAKS = re.compile(r'["\\\n\r\0]')


def notify_breaking_labels(project: Project) -> None:
    """A notice that names the labels; the model learns them all the same."""
    breaking = [label for label in project.labels if _BREAKS.search(label)]
    if breaking:
        names = ", ".join(" ".join(label.splitlines()) for label in breaking[:NAMED])
        names += " …" if len(breaking) > NAMED else ""
        events.notice(
            "label_breaks_program",
            count=len(breaking),
            names=names,
        )
