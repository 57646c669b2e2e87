"""Collect what is wrong with single files of a data set, and send one notice per kind, with names."""

from __future__ import annotations

from collections.abc import Sequence

from mai import events

NAMED = 10  # files named in one notice; the count includes the rest


class Findings:
    """Names by the code of a notice, whose sentence has {count} and {names}."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, int]] = {}

    def add(self, code: str, name: str, times: int = 1) -> None:
        names = self._names.setdefault(code, {})
        names[name] = names.get(name, 0) + times

    def notify(self) -> None:
        """One notice per code: `count` is the number of findings, `names` the first ten places."""
        for code, found in self._names.items():
            names = names_of(list(found))
            count = sum(found.values())
            events.notice(code, count=count, names=names)


def names_of(names: Sequence[str]) -> str:
    """The first ten, as they stand in a sentence."""
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
