"""Recognise labels that mean "no word"; their clips are mixed into the other words as noise."""

from __future__ import annotations

from collections.abc import Sequence

# Parts of such names, as pupils and teachers write them in English and Thai.
WORDS = ("noise", "background", "silence", "silent", "quiet", "เสียงรบกวน", "รบกวน", "พื้นหลัง", "เงียบ", "นอยส์")
SILENCE = ("silence", "silent", "quiet", "เงียบ")


def noise_labels(labels: Sequence[str]) -> list[int]:
    """Indices of the labels that name noise or silence."""
    return [index for index, label in enumerate(labels) if any(word in label.lower() for word in WORDS)]


def label_for_other_speech(labels: Sequence[str]) -> int | None:
    """Index of the label that also means "none of the words"; None if that is not certain.

    A label for silence does not mean it: a program that waits for silence should not take speech for it. Of
    several noises ("noise of cars", "noise of dogs", "noise") it is the one with nothing else in its name.
    """
    found = [index for index in noise_labels(labels) if not any(word in labels[index].lower() for word in SILENCE)]
    plain = [index for index in found if not _besides_noise(labels[index])]
    if plain:
        return plain[0]
    return found[0] if len(found) == 1 else None


def _besides_noise(label: str) -> str:
    """What is left of a name without the words for noise, and without spaces, signs and digits."""
    left = label.lower()
    for word in sorted(WORDS, key=len, reverse=True):
        left = left.replace(word, "")
    left = left.removeprefix("เสียง")
    return "".join(letter for letter in left if letter.isalpha())
