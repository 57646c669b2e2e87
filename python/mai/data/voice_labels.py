"""Labels that mean "no word": their clips are what other words are mixed with."""

from __future__ import annotations

from collections.abc import Sequence

# Parts of such names, as pupils and teachers write them in English and Thai.
WORDS = ("noise", "background", "silence", "silent", "quiet", "เสียงรบกวน", "รบกวน", "พื้นหลัง", "เงียบ", "นอยส์")


def noise_labels(labels: Sequence[str]) -> list[int]:
    """Indices of the labels that name noise or silence."""
    return [index for index, label in enumerate(labels) if any(word in label.lower() for word in WORDS)]
