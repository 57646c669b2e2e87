"""Photos judged before and after the conversion."""

from __future__ import annotations

import numpy as np
from conversion_samples import label_of
from mai.convert.evaluation.classification import ClassificationEvaluation
from mai.convert.evaluation.samples import Samples


def test_classification_names_the_samples_that_changed() -> None:
    evaluation = ClassificationEvaluation(("a", "b"), lambda names: None, label_of)
    samples = Samples(("1.jpg", "2.jpg"), np.zeros((2, 1, 1, 1), np.float32), (0, 1), (0, 1))
    before, after = np.array([[2.0, 0], [0, 1]], np.float32), np.array([[2.0, 0], [1, 0]], np.float32)
    found = evaluation.compare(samples, before, after)
    assert (found.agreement, found.accuracy_float, found.accuracy_board) == (0.5, 1.0, 0.5)
    (changed,) = found.changed
    assert changed["file"] == "2.jpg" and changed["label"] == "b"
    assert changed["float"] == {"prediction": "b", "prob": 0.7311} and changed["board"]["prediction"] == "a"
    assert found.details["confusion_board"] == [[1, 0], [1, 0]]


def test_every_label_counts_the_same_at_the_conversion_too() -> None:
    evaluation = ClassificationEvaluation(("a", "b"), lambda names: None, label_of)
    samples = Samples(tuple("1234"), np.zeros((4, 1, 1, 1), np.float32), (0, 0, 0, 1), (0, 1, 2, 3))
    always = np.array([[1.0, 0]] * 4, np.float32)
    found = evaluation.compare(samples, always, always)
    assert (found.accuracy_float, found.accuracy_board) == (0.5, 0.5)
    assert found.details["checked"]["board"] == {
        "right": 3, "checked": 4, "uneven": True, "expect_least": 4, "expect_most": 96,
    }  # fmt: skip
