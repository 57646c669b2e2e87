"""Print results and the vendor's log lines to standard output, everything else to standard error."""

from __future__ import annotations

import sys

from spnn.log import Log


def out(text: str) -> None:
    """One line of result."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """One line about progress, a warning or an error."""
    sys.stdout.flush()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def console_log() -> Log:
    """A log that shows the vendor's lines and our warnings as they come."""
    return Log(echo=lambda text: note(text) if text.startswith("warning: ") else out(text))
