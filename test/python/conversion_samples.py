"""Names of samples as a conversion has them."""

from __future__ import annotations


def names(label: str, count: int) -> list[str]:
    return [f"dataset/{label}/{number:03}.jpg" for number in range(count)]


def label_of(name: str) -> str:
    return name.split("/")[1]
