"""The calibration table: one line of text per weight row and per blob (docs/spnn-format.md §1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spnn.errors import SpnnFormatError
from spnn.format import constants as c
from spnn.format.cells import format_f, parse_float32, parse_float32_row
from spnn.format.param import read_limited

WEIGHT_MARK = "_param_"
WEIGHT_SUFFIX = "_param_0"


@dataclass
class Table:
    """Scales of a network; both mappings keep the order in which lines are written.

    `weight_scales`: layer name -> float32 array, one scale per output channel (per group
    for a depthwise convolution). `blob_scales`: blob name -> scale, q = x * scale. A blob
    that is missing counts as scale 0, as in the vendor's tool.
    """

    weight_scales: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    blob_scales: dict[str, float] = field(default_factory=dict)

    def scale(self, blob: str) -> np.float32:
        """Scale of `blob`, 0 if the table does not know it."""
        return np.float32(self.blob_scales.get(blob, 0.0))

    def copy(self) -> Table:
        """A table of its own with the same lines."""
        return Table({name: row.copy() for name, row in self.weight_scales.items()}, dict(self.blob_scales))


def read_table(path: str | Path) -> Table:
    """Read a table file. Raises SpnnFormatError with the line, OSError where it cannot be read."""
    data = read_limited(Path(path), c.MAX_PARAM_BYTES)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpnnFormatError(error.start, "is not text, as a table must be", file=str(path)) from None
    return parse_table(text, str(path))


def parse_table(text: str, file: str = "") -> Table:
    """Parse the text of a table: blank lines and blanks do not matter, the last line of a key wins."""
    table = Table()
    for number, line in enumerate(text.split("\n"), 1):
        fields = line.split()
        if not fields:
            continue
        key, tokens = fields[0], fields[1:]
        try:
            if not tokens:
                raise ValueError(f"{key!r} has no scale: write at least one number behind it")
            if key.endswith(WEIGHT_SUFFIX):
                table.weight_scales[key.removesuffix(WEIGHT_SUFFIX)] = parse_float32_row(tokens)
            elif WEIGHT_MARK not in key:
                table.blob_scales[key] = parse_float32(tokens[0])
        except ValueError as error:
            raise SpnnFormatError(number, str(error), unit="line", file=file) from None
    return table


def write_table(table: Table, path: str | Path) -> None:
    """Write `table` as the vendor's tool does."""
    Path(path).write_text(format_table(table), encoding="utf-8", newline="\n")


def format_table(table: Table) -> str:
    """Text of the table: weight rows, then blobs, every number as `%f`."""
    return "".join(line + "\n" for line in _lines(table))


def _lines(table: Table) -> Iterator[str]:
    for layer, row in table.weight_scales.items():
        # The blank behind the last number is the vendor's.
        yield f"{layer}{WEIGHT_SUFFIX} " + "".join(f"{format_f(scale)} " for scale in row.tolist())
    for blob, scale in table.blob_scales.items():
        yield f"{blob} {format_f(float(np.float32(scale)))}"
