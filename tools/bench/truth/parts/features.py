"""Which features the instant model reads: is the chosen network within a point of the better one?

Digits on coloured paper need those behind block 11, cats and dogs the last ones; two things are the third kind.
5, 10 and 20 photos of each label are learnt from, all the others are the fresh ones. No network is trained.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from mai.models.efficientnet_lite import Reads
from mai.train.classification.choose_features import READS, choose_among, fit_reading, reading
from mai.train.features.linear_head import cross_validate
from torch import Tensor

from truth.digits import draw_digits
from truth.drawn import DrawnPhotos
from truth.part import Figure
from truth.pool import features_of
from truth.samples import sample_photos

PROJECTS = 10
CPU_MINUTES = 3
PER_LABEL = (5, 10, 20)
DIGITS = 80  # photos of each digit
Pool = tuple[Tensor, Tensor]  # features float32 [N, D] and labels int64 [N] of all photos of one kind


def run(projects: int, seed: int, per_label: Sequence[int] = PER_LABEL, digits: int = DIGITS) -> Iterator[Figure]:
    kinds: dict[str, Callable[[], DrawnPhotos]] = {
        "digits": lambda: draw_digits(np.random.default_rng(0), digits),
        "dog_cat": lambda: sample_photos("dog_cat"),
        "mouse_logo": lambda: sample_photos("mouse_logo_classify"),
    }
    for kind, photos in kinds.items():
        try:
            pool = pool_of(photos())
        except OSError as reason:
            print(f"{kind} is left out: {reason}", file=sys.stderr)  # noqa: T201
            continue
        for count in per_label:
            yield _figure(f"{kind}_{count}", [choose_and_ask(pool, count, seed + each) for each in range(projects)],
                          f"{kind}, {count} photos of each label, {projects} projects from seed {seed}")  # fmt: skip


def pool_of(photos: DrawnPhotos) -> Pool:
    return features_of(photos.pixels), torch.from_numpy(photos.labels)


def choose_and_ask(pool: Pool, per_label: int, seed: int) -> dict[str, float | str]:
    """Percent of fresh photos right by what is read; `chosen`: by what the instant model reads, `reads`."""
    features, labels = pool
    rng, classes = torch.Generator().manual_seed(seed), int(labels.max()) + 1
    of_label = [(labels == label).nonzero().flatten() for label in range(classes)]
    learn = torch.cat([rows[torch.randperm(len(rows), generator=rng)[:per_label]] for rows in of_label])
    fresh = torch.ones(len(labels), dtype=torch.bool)
    fresh[learn] = False
    known, own, every = features[learn], labels[learn], torch.arange(len(learn))
    checked = {reads: cross_validate(reading(known, reads), own, classes, seed) for reads in READS}

    def right(reads: Reads) -> float:
        head = fit_reading(known, own, classes, checked[reads].penalty, reads)
        answers = head.probabilities(features[fresh]).argmax(1)
        return 100 * (answers == labels[fresh]).double().mean().item()

    alone = {reads: right(reads) for reads in READS}
    chosen = choose_among(checked, own, every).reads
    return {**alone, "chosen": alone[chosen], "reads": chosen}


def _figure(name: str, results: list[dict[str, float | str]], data: str) -> Figure:
    columns = {key: [float(result[key]) for result in results] for key in (*READS, "chosen")}
    means = {key: round(float(np.mean(values)), 1) for key, values in columns.items()}
    better = max(("last", "block11"), key=lambda key: float(np.mean(columns[key])))
    lost = [best - chosen for best, chosen in zip(columns[better], columns["chosen"], strict=True)]
    reads = [result["reads"] for result in results]
    details = {**means, "reads": {key: reads.count(key) for key in READS}}
    return Figure(name, f"points below {better}", lost, data, goal="mean <= 1", details=details)
