"""Turn labels into names that the one line of a .mud can hold: `labels = x,y,z`.

The board cuts the line at commas. The IDE gives the model another name by replacing every text `model = …` in the
file, in a label too. Older firmware takes a lone name with a dot for a file to read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SEPARATORS = re.compile(r"[,\s\x00-\x1f\x7f\ufeff]+")  # U+FEFF is a blank in JavaScript, in which the IDE reads
_ASSIGNMENT = re.compile(r"(model\s*)=", re.IGNORECASE)
_COMMENT = re.compile(r"(^|\s)[;#]+")  # parsers of such files take the rest of the line for a remark


def board_names(labels: Sequence[str]) -> list[str]:
    """One name per label, in order; no two are the same, none is empty, and most are the label itself."""
    names: list[str] = []
    for number, label in enumerate(labels, start=1):
        name = _name(label, is_alone=len(labels) == 1) or str(number)
        while name in names:
            name += "_"
        names.append(name)
    return names


def _name(label: str, is_alone: bool) -> str:
    name = _SEPARATORS.sub(" ", label)
    name = _COMMENT.sub(r"\1", _ASSIGNMENT.sub(r"\1-", name)).strip()
    return name.replace(".", "_") if is_alone else name
