"""Clips without any sound: a microphone that was switched off, or a label that stands for silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MUTED_SHARE = 0.25  # of a clip; more of it without any sound is worth a word


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

    One label that is silent throughout may be meant so, whatever its name, and stays. Silent clips among
    others are slips, but for labels that are called noise or silence.
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
