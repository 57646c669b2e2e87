"""Decide what to do with silent clips: the microphone was off, or the label means silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MUTED_SHARE = 0.25  # share of a clip; with more of it silent, a notice is sent


@dataclass(frozen=True)
class Silence:
    """`left_out`: rows of the clips. `wordless`: labels of which every clip is silent.

    `is_hopeless`: two labels or more are wholly silent, so nothing can tell them apart.
    """

    left_out: frozenset[int]
    wordless: tuple[int, ...]
    is_hopeless: bool


def judge_silence(labels: Sequence[int], silent: Sequence[bool], may_be_silent: Sequence[bool]) -> Silence:
    """One entry a clip: its label, whether it holds no sound, and whether its label is called noise or silence.

    One label whose clips are all silent may be meant that way, whatever its name, and stays. Silent clips among
    others are mistakes, except in labels called noise or silence.
    """
    of_label: dict[int, list[bool]] = {}
    for label, is_silent in zip(labels, silent, strict=True):
        of_label.setdefault(label, []).append(is_silent)
    all_silent = {label for label, flags in of_label.items() if all(flags)}
    is_hopeless = len(all_silent) >= 2
    left_out = frozenset(
        row
        for row, (label, is_silent, allowed) in enumerate(zip(labels, silent, may_be_silent, strict=True))
        if is_silent and (is_hopeless or (not allowed and label not in all_silent))
    )
    named_otherwise = {label for label, allowed in zip(labels, may_be_silent, strict=True) if not allowed}
    wordless = all_silent if is_hopeless else all_silent & named_otherwise
    return Silence(left_out, tuple(sorted(wordless)), is_hopeless)
