"""Photos that are probably under the wrong label: the others, asked unseen, contradict it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mai.data.groups import Groups
from mai.train.features.linear_head import CrossValidation, second_look

MAX_SUSPECTS = 20
SURE = 0.5  # a suspect's other label has at least this probability …
TIMES_LIKELIER = 3.25  # … and is this many times as likely as its own


@dataclass(frozen=True)
class Suspect:
    """A photo whose label the others contradict."""

    file: str
    label: str
    suggestion: str


def suspects_among(
    features: Tensor,
    labels: Tensor,
    classes: int,
    checked: CrossValidation,
    groups: Groups,
    seed: int,
    names: Sequence[str],
    label_names: Sequence[str],
) -> tuple[Suspect, ...]:
    """Photos (float32 [N, D], int64 [N]) whose label the others contradict, after a first cross-validation."""
    opinions = second_look(features, labels, classes, checked, seed, groups_of_label(groups, labels))
    return find_suspects(opinions, labels, names, label_names)


def groups_of_label(groups: Groups, labels: Tensor) -> Tensor:
    """int64 [N]: the groups, each divided by label. A photo's twins under another label may speak against its own."""
    pairs = torch.stack([torch.from_numpy(groups.groups), labels], dim=1)
    return pairs.unique(dim=0, return_inverse=True)[1]


def find_suspects(
    probabilities: Tensor, labels: Tensor, names: Sequence[str], label_names: Sequence[str]
) -> tuple[Suspect, ...]:
    """Photos for which another label is likelier by far (float [N, classes] out of fold), the surest first."""
    own = probabilities.gather(1, labels[:, None]).squeeze(1)
    other, suggestion = probabilities.max(1)
    doubtful = (other >= SURE) & (other > TIMES_LIKELIER * own)
    rows = sorted(doubtful.nonzero().flatten().tolist(), key=lambda row: float(own[row] - other[row]))
    return tuple(
        Suspect(names[row], label_names[int(labels[row])], label_names[int(suggestion[row])])
        for row in rows[:MAX_SUSPECTS]
    )
