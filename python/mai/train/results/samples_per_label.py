"""How many samples of each label were learnt from, and how many held back."""

from __future__ import annotations

from collections.abc import Sequence

from mai.data.split import Split


def samples_per_label(labels: Sequence[str], of: Sequence[int], split: Split) -> dict[str, dict[str, int]]:
    """`of`: the label of each sample, as an index into `labels`."""
    counts = {label: {"train": 0, "validation": 0} for label in labels}
    for side, rows in (("train", split.train), ("validation", split.validation)):
        for row in rows:
            counts[labels[of[row]]][side] += 1
    return counts
