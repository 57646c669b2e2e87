"""Which labels stay true in a mirror: not arrows, hands that point, or letters.

A head that has seen a picture knows it by heart, mirrored or not. So heads are fitted in folds, and each is asked
about the pictures it has not seen and about their mirror images. Their features come from the middle of the frozen
EfficientNet-Lite0, in four quarters: pooled over the picture, its last ones hardly tell left from right
(docs/recipes/classification.md § What may be mirrored).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mai import events
from mai.data.findings import names_of
from mai.data.preprocess import PREPROCESS
from mai.device import inference_batch, memory_format
from mai.models.efficientnet_lite import EfficientNetLite0
from mai.train.engine.precision import Precision
from mai.train.features.folds import stratified_folds
from mai.train.features.linear_head import answer_unseen

SIDE = 112  # pixels: a fifth of the time of 224
QUARTERS = (2, 2)
PENALTY = 0.003
PER_LABEL = (8, 32)  # pictures asked about, at least and at most where there are so many …
IN_ALL = 96  # … and about so many in all
FEWEST = 4  # pictures of a label: what fewer of them say is chance
SURE = 1.5  # standard errors: below that the label is not mirrored


def spread_over_labels(labels: Tensor) -> Tensor:
    """Rows int64 of the pictures to ask about: of every label some, evenly spread."""
    kinds = labels.unique()
    count = min(max(IN_ALL // max(len(kinds), 1), PER_LABEL[0]), PER_LABEL[1])
    rows = [(labels == label).nonzero().flatten() for label in kinds]
    return torch.cat([own[torch.linspace(0, len(own) - 1, min(count, len(own))).long()] for own in rows])


def smaller(pixels: Tensor) -> Tensor:
    """uint8 [M, side, side, 3] → [M, SIDE, SIDE, 3], each pixel the mean of those it stands for."""
    means = F.interpolate(pixels.permute(0, 3, 1, 2).float(), size=(SIDE, SIDE), mode="area")
    return means.round_().byte().permute(0, 2, 3, 1)


def labels_that_mirror(
    network: EfficientNetLite0,
    pictures: Tensor,
    labels: Tensor,
    groups: Tensor,
    classes: int,
    precision: Precision,
    seed: int,
) -> tuple[bool, ...]:
    """For each label whether its pictures may be mirrored. `network` as of photo_features.feature_network,
    `pictures` uint8 [M, SIDE, SIDE, 3], `labels` int64 [M]; pictures with one number in `groups` (int64 [M]) are of
    one scene, and never learnt and asked about by the same head. One label alone has none it could be taken for.
    """
    counts = labels.bincount(minlength=classes)
    if int((counts > 0).sum()) < 2:
        return (True,) * classes
    plain, mirrored = (_features(network, each, precision) for each in (pictures, pictures.flip(2)))
    folds = stratified_folds(labels, seed, groups)
    return kept_labels(*answer_unseen(plain, mirrored, labels, classes, folds, PENALTY), labels, folds, classes)


def kept_labels(plain: Tensor, mirrored: Tensor, labels: Tensor, folds: Tensor, classes: int) -> tuple[bool, ...]:
    """Log-probabilities float32 [M, classes] of pictures and of their mirror images, by heads that had not seen them.

    Between a label and each other one lies the middle of their two means. A label is kept if its mirrored pictures
    are on its own side of all of these, by more than chance. In doubt it is not: that costs some practice, while
    mirroring by mistake teaches both labels to every picture.
    """
    counts = labels.bincount(minlength=classes)
    seen = (counts > 0).nonzero().flatten()
    means, spreads, moved, moved_spreads = (
        torch.stack([each(answers[labels == label][:, label, None] - answers[labels == label]) for label in seen])
        for answers in (plain, mirrored) for each in (_mean, _variance_of_mean)
    )  # fmt: skip
    # means[row, other]: how much likelier pictures of the row's label are to have it than the other one
    # Few pictures do not say where a label lies, nor do those of one fold, whose head has never seen the label.
    learnt = torch.tensor([len(folds[labels == label].unique()) > 1 for label in seen])
    enough = (counts[seen] >= FEWEST) & learnt
    middles = (means[:, seen] - torch.where(enough, means[:, seen].T, 0.0)) / 2
    errors = (moved_spreads[:, seen] + (spreads[:, seen] + spreads[:, seen].T) / 4).sqrt()
    sure = moved[:, seen] - middles > SURE * errors * enough
    kept = torch.ones(classes, dtype=torch.bool)
    kept[seen] = (sure | torch.eye(len(seen), dtype=torch.bool)).all(1) & enough
    return tuple(kept.tolist())


def notify_not_mirrored(mirrors: Sequence[bool], labels: Sequence[str]) -> None:
    """Name the labels whose pictures are learnt as they are."""
    names = [label for label, may in zip(labels, mirrors, strict=True) if not may]
    if names:
        listed = names_of(names)
        events.notice(
            "labels_not_mirrored",
            count=len(names),
            names=listed,
        )


@torch.inference_mode()
def _features(network: EfficientNetLite0, pictures: Tensor, precision: Precision) -> Tensor:
    """float32 [M, 448]"""
    layout = memory_format(network, precision.device)
    parts = []
    with precision.autocast():
        for some in pictures.split(inference_batch(precision.device)):
            images = PREPROCESS(some.to(precision.device)).contiguous(memory_format=layout)
            parts.append(F.adaptive_avg_pool2d(network.middle(images), QUARTERS).flatten(1).float().cpu())
    return torch.cat(parts)


def _mean(values: Tensor) -> Tensor:
    return values.mean(0)


def _variance_of_mean(values: Tensor) -> Tensor:
    return values.var(0, correction=min(1, len(values) - 1)) / len(values)
