"""The errors of this package. Each says what is wrong with a model, where, and why."""

from __future__ import annotations

from typing import Literal

Unit = Literal["byte", "line", "layer"]


class SpnnError(Exception):
    """Base of all errors of this package that a person can act on."""


class NoWorkingTableError(SpnnError):
    """No table of scales gives a network that runs; `problem` is the reason of the last table tried."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"no table of scales gives a network that the board can run: {problem}")


class PassError(SpnnError):
    """A pass broke the network: a mistake in this program."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        self.problem = problem
        super().__init__(f"the pass {name} breaks the network: {problem}")


class SpnnFormatError(SpnnError):
    """A file or a graph that breaks the format.

    `offset` is a byte of a `.bin` (from 0), a line of a `.param` or table (from 1), or the
    index of a layer (from 0), as `unit` says; `reason` is one clause without the position.
    """

    def __init__(self, offset: int, reason: str, *, unit: Unit = "byte", file: str = "") -> None:
        self.offset = offset
        self.reason = reason
        self.unit = unit
        self.file = file
        super().__init__(offset, reason)

    def __str__(self) -> str:
        return f"{self.file + ', ' if self.file else ''}{self.unit} {self.offset}: {self.reason}"
