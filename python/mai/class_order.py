"""Sort a model's classes as the board's program sorts the labels.

The board's program for photos and boxes holds the quoted labels as JavaScript sorts them, and reads the
network's outputs in that order. Any other order swaps names on the board. Sounds use the same order,
although their program reads the names from our file. A finished model keeps the order it was trained
with, which is in model.pth.
"""

from __future__ import annotations

from collections.abc import Iterable


def class_order(labels: Iterable[str]) -> list[str]:
    """`labels` sorted as JavaScript sorts them in quotation marks (src/projects/class-order.ts)."""
    return sorted(labels, key=_quoted_utf16)


def _quoted_utf16(label: str) -> bytes:
    """Big-endian UTF-16 compares as JavaScript's strings do; JSON can hold half a surrogate pair."""
    return f'"{label}"'.encode("utf-16-be", "surrogatepass")
