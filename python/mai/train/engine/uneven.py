"""Labels with many samples beside labels with few: how they are learnt alike, and the notice about them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mai import events
from mai.data.findings import names_of

# Of the logarithm of a label's share. With all of it the balanced accuracy is best, but the large label pays for it:
# 150 photos against 6 of drawn shapes, of fresh photos of the small label 53, 60 and 70 % are right with 0.75, 0.8 and
# 0.9, for 2.0, 3.1 and 5 points of the large one, and 1 % without (`npm run bench -- truth:imbalance`).
STRENGTH = 0.77
MUCH = 4  # times as many samples as the smallest label


def label_offsets(labels: Tensor, classes: int, device: torch.device | None = None) -> Tensor | None:
    """float32 [classes] on `device`, to be added to the logits while learning; None where all labels are as many.

    The network then need not say "probably the frequent one" by itself, and without the offsets it does not
    (logit adjustment, arXiv 2007.07314). `labels` int64 [N] of the samples learnt from.
    """
    counts = labels.bincount(minlength=classes)
    if int(counts.min()) == int(counts.max()):
        return None
    return (STRENGTH * (counts.clamp_min(1).float() / counts.sum()).log()).to(device or labels.device)


def with_offsets(logits: Tensor, offsets: Tensor | None) -> Tensor:
    """`logits` float32 [..., classes]; the very same tensor where there are no offsets."""
    return logits if offsets is None else logits + offsets


def small_labels(counts: Sequence[int]) -> list[int]:
    """Labels that have some samples, but at most a quarter of those of the largest one."""
    return [label for label, count in enumerate(counts) if 0 < count * MUCH <= max(counts)]


def notify_uneven(labels: Sequence[int], names: Sequence[str]) -> None:
    """Emit `labels_uneven` where a label has four times as many samples as another. `labels` of all samples."""
    counts = torch.tensor(list(labels)).bincount(minlength=len(names)).tolist()
    most = max(counts)
    small = small_labels(counts)
    if not small:
        return
    few = names_of([f"{names[index]} ({counts[index]})" for index in small])
    label = names[counts.index(most)]
    events.notice(
        "labels_uneven",
        label=label,
        most=most,
        few=few,
    )
