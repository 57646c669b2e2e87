"""The share of samples with the same answer before and after the conversion."""

from __future__ import annotations

import numpy as np
from conversion_samples import label_of
from mai.convert.agreement import agreement_fields, agreement_of
from mai.convert.evaluation.classification import ClassificationEvaluation
from mai.convert.evaluation.samples import Samples


def test_agreement_counts_all_that_was_compared_and_photos_of_a_scene_as_one() -> None:
    evaluation = ClassificationEvaluation(("a", "b"), lambda names: None, label_of)
    before, after = np.array([[2.0, 0]] * 4, np.float32), np.array([[2.0, 0]] * 3 + [[0, 2.0]], np.float32)

    def part(first: int, scenes: tuple[int, ...]) -> Samples:
        names = tuple(str(first + number) for number in range(4))
        return Samples(names, np.zeros((4, 1, 1, 1), np.float32), (0,) * 4, scenes)

    parts = [part(0, (0, 1, 2, 3)), part(4, (0, 1, 2, 3))]
    found = agreement_of((samples, evaluation.compare(samples, before, after)) for samples in parts)
    assert agreement_fields(found) == {"same": 6, "compared": 8, "expect_least": 35, "expect_most": 97}
    burst = part(0, (0, 0, 0, 0))
    assert agreement_of([(burst, evaluation.compare(burst, before, after))]).independent == 1
