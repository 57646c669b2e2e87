"""Parse arguments in the vendor's forms: `-p=x`, `-p x`, `--param=x`, `--param x`, and positional ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


class UsageError(Exception):
    """The command was called wrongly; the text says how."""


def split_arguments(
    argv: Sequence[str], values: Mapping[str, str], switches: Mapping[str, str]
) -> tuple[list[str], dict[str, str], set[str]]:
    """Plain words, options with a value, and switches.

    `values` and `switches` map every spelling (`-p`, `--param`) to the option's name. A word
    behind an option that wants a value is that value, even if it begins with a dash (`-m -1,0,1`).
    """
    words: list[str] = []
    found: dict[str, str] = {}
    on: set[str] = set()
    rest = iter(argv)
    for word in rest:
        if not word.startswith("-") or word == "-":
            words.append(word)
            continue
        spelling, equals, value = word.partition("=")
        if spelling in switches:
            if equals:
                raise UsageError(f"{spelling} is a switch and takes no value: write just {spelling}")
            on.add(switches[spelling])
        elif spelling in values:
            if not equals:
                value = next(rest, "")
            if not value:
                raise UsageError(f"{spelling} needs a value: write {spelling}=...")
            found[values[spelling]] = value
        else:
            raise UsageError(f"there is no option {spelling}")
    return words, found, on


def numbers(name: str, text: str, count: int) -> tuple[float, ...]:
    """`count` numbers separated by commas."""
    try:
        parts = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--{name} is {text!r}: write numbers separated by commas") from None
    if not all(map(math.isfinite, parts)):
        raise UsageError(f"--{name} is {text!r}: every number must be finite")
    if len(parts) != count:
        raise UsageError(f"--{name} has {len(parts)} numbers: this needs {count}")
    return parts


def whole_numbers(name: str, text: str, count: int, most: int) -> tuple[int, ...]:
    """`count` whole numbers from 1 to `most`."""
    try:
        parts = tuple(int(part) for part in text.split(","))
    except ValueError:
        parts = ()
    if len(parts) != count or not all(1 <= part <= most for part in parts):
        wanted = "a whole number" if count == 1 else f"{count} whole numbers, separated by commas,"
        raise UsageError(f"--{name} is {text!r}: write {wanted} from 1 to {most}")
    return parts
