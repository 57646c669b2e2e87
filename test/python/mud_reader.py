"""Read a .mud as the board does: sections, `key = value`, the labels cut at commas."""

from __future__ import annotations

import re

SECTION = re.compile(r"\[(\w+)\]")


def read_mud(text: str) -> dict[str, dict[str, str]]:
    """Section → key → value. Raises ValueError for a line that is neither a section nor a key."""
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    for line in text.split("\n"):
        section = SECTION.fullmatch(line)
        key, equals, value = line.partition("=")
        if section:
            current = sections.setdefault(section[1], {})
        elif equals and current is not None and key.strip() not in current:
            current[key.strip()] = value.strip()
        elif line:
            raise ValueError(f"not a line of a .mud: {line!r}")
    return sections


def labels_in(text: str) -> list[str]:
    """As older firmware does: what follows a comma is the name, with its blanks."""
    value = read_mud(text)["extra"]["labels"]
    return value.split(",")


def renamed(text: str, name: str) -> str:
    """As the IDE does: every `model = …` gets the name of the stored file."""
    return re.sub(r"model\s*=\s*.*", f"model = {name}.cvimodel", text)
