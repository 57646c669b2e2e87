"""Describe a layer type: its parameters by name, and how many inputs and outputs it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["int", "float", "ints", "floats"]
ANY = 1 << 30  # as many inputs or outputs as one likes


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a layer type."""

    id: int
    """Its number in the file; an array of id k is written as -(23300 + k)."""
    name: str
    default: int | float | str = 0
    """The value where the file has none; a string names the parameter whose value it takes. Arrays are empty."""
    kind: Kind = "int"
    opt_only: bool = False
    """quantize never writes it (docs/spnn-format.md §1.1)."""
    section: str = "Appendix"
    """The section of docs/spnn-format.md that specifies it."""
    read_id: int | None = None
    """Another number that is read first, where the format reads and writes different ones."""

    @property
    def is_array(self) -> bool:
        """Whether it holds any number of values."""
        return self.kind in ("ints", "floats")


@dataclass(frozen=True, slots=True)
class LayerType:
    """One type of layer."""

    params: tuple[Param, ...] = ()
    """In the order in which they are written."""
    inputs: tuple[int, int] = (1, 1)
    """Least and most."""
    outputs: tuple[int, int] = (1, 1)
    int8_params: bool = True
    """Whether quantize writes any of its parameters (docs/spnn-format.md §1.1)."""
    by_name: Mapping[str, Param] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {param.name: param for param in self.params})


def int_params(*rows: tuple[int, str, int | str]) -> tuple[Param, ...]:
    """Parameters that are whole numbers: (id, name, default)."""
    return tuple(Param(*row) for row in rows)


def float_params(*rows: tuple[int, str, float]) -> tuple[Param, ...]:
    """Parameters that are float32: (id, name, default)."""
    return tuple(Param(key, name, default, "float") for key, name, default in rows)
