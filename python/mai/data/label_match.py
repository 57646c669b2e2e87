"""Find the project's label that a text in a file means: an exact match first, then a nearly equal spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence

Spelling = Callable[[str], str]


def composed(text: str) -> str:
    """Some systems write Thai and accented names decomposed: compare them composed."""
    return unicodedata.normalize("NFC", text)


def _trimmed(text: str) -> str:
    return composed(text.strip())


def _on_one_line(text: str) -> str:
    return composed(" ".join(text.split()))


def _unchanged(text: str) -> str:
    return text


# How a label and a text are compared, strictest first. `cat` and `cat ` are two labels, but some programs
# that write XML put a name on a line of its own.
_LEVELS: tuple[tuple[Spelling, Spelling], ...] = (
    (_unchanged, _unchanged), (composed, composed), (composed, _trimmed), (_on_one_line, _on_one_line),
)  # fmt: skip


class LabelMatcher:
    """Indices into `labels` for texts from files."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._levels = [(_index(labels, of_label), of_text) for of_label, of_text in _LEVELS]

    def find(self, readings: Iterable[str]) -> list[int]:
        """The labels that `readings` mean, in their order; empty if none matches or several could."""
        texts = list(readings)
        for index, of_text in self._levels:
            found = [index[of_text(text)] for text in texts if of_text(text) in index]
            if found:
                return list(dict.fromkeys(found))
        return []


def _index(labels: Sequence[str], spelling: Spelling) -> dict[str, int]:
    """Without the spellings that two labels share."""
    spellings = [spelling(label) for label in labels]
    return {text: number for number, text in enumerate(spellings) if spellings.count(text) == 1}
