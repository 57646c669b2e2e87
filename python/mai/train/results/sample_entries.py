"""What samples.json says of the samples of a classifier, of photos or sounds."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from mai.data.split import Split
from mai.models.samples_file import Entry


def sample_entries(
    names: Sequence[str],
    classes: Sequence[int],
    labels: Sequence[str],
    scenes: Sequence[int],
    split: Split,
    counted: Tensor,
    logits: Tensor,
) -> list[Entry]:
    """One for each sample. `counted` int64 [N] and `logits` float32 [N, classes] of the samples held back, in the
    order of `split.validation`: the answers that the confusion matrix counts, and those of the finished network."""
    held_back = {row: place for place, row in enumerate(split.validation)}
    shares, answers = logits.softmax(1).max(1)
    entries: list[Entry] = []
    for row, (name, label, scene) in enumerate(zip(names, classes, scenes, strict=True)):
        place = held_back.get(row)
        entry: Entry = {"file": name, "label": labels[label], "scene": int(scene), "held_back": place is not None}
        if place is not None:
            entry["counted"] = labels[int(counted[place])]
            entry["float"] = {"label": labels[int(answers[place])], "prob": round(float(shares[place]), 4)}
        entries.append(entry)
    return entries
