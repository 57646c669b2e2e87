"""Evaluate projects whose answer is one label: photos and clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from mai.convert.evaluation.samples import Comparison, Outputs, Samples
from mai.quality.accuracy import Measured, measure
from mai.quality.unknown import describe
from mai.voice.runtime import softmax

Load = Callable[[Sequence[str]], Samples]


class ClassificationEvaluation:
    """`load` reads the samples; `labels` in class order."""

    measure = "accuracy"
    chooses_thresholds = False

    def __init__(self, labels: Sequence[str], load: Load, label_of: Callable[[str], object]) -> None:
        self._labels = tuple(labels)
        self.load = load
        self.label_of = label_of

    def agreement(self, reference: Outputs, output: Outputs) -> float:
        """Share of samples with the same best label."""
        return float((_answers(reference) == _answers(output)).mean())

    def choose_thresholds(self, samples: Samples, float_output: Outputs, board_output: Outputs) -> None:
        """Nothing to choose: the best label is the answer."""

    def compare(self, samples: Samples, float_output: Outputs, board_output: Outputs) -> Comparison:
        """Accuracy, every label counting the same, and confusion matrices (rows: the true label) side by side."""
        truths = np.array(samples.truths, np.int64)
        answers = {"float": _answers(float_output), "board": _answers(board_output)}
        checked = {stage: measure_answers(given, truths, samples.scenes) for stage, given in answers.items()}
        scores = {"float": _probabilities(float_output), "board": _probabilities(board_output)}
        said = [
            {
                stage: {
                    "label": self._labels[answers[stage][index]],
                    "prob": round(float(scores[stage][index, answers[stage][index]]), 4),
                }
                for stage in ("float", "board")
            }
            for index in range(len(samples))
        ]
        changed = [
            {
                "file": samples.names[index], "label": self._labels[truths[index]],
                **{stage: {"prediction": one["label"], "prob": one["prob"]} for stage, one in said[index].items()},
            }
            for index in np.flatnonzero(answers["float"] != answers["board"])
        ]  # fmt: skip
        return Comparison(
            agreement=self.agreement(float_output, board_output),
            accuracy_float=checked["float"].share,
            accuracy_board=checked["board"].share,
            changed=changed,
            details={
                "labels": list(self._labels),
                "checked": {stage: measured.fields() for stage, measured in checked.items()},
                "confusion_float": self._confusion(truths, answers["float"]),
                "confusion_board": self._confusion(truths, answers["board"]),
                "unknown": describe(board_output, samples.scenes),
                "unknown_float": describe(float_output, samples.scenes),
            },
            answers=dict(zip(samples.names, said, strict=True)),
        )

    def _confusion(self, truths: NDArray[np.int64], answers: NDArray[np.int64]) -> list[list[int]]:
        counts = np.zeros((len(self._labels),) * 2, np.int64)
        np.add.at(counts, (truths, answers), 1)
        return counts.tolist()


def measure_answers(answers: NDArray[np.int64], truths: NDArray[np.int64], scenes: Sequence[int]) -> Measured:
    """Measured like the training's own figure: mai.quality.accuracy.measure."""
    return measure(torch.from_numpy(answers == truths), torch.from_numpy(truths), scenes)


def _answers(output: Outputs) -> NDArray[np.int64]:
    return output.reshape(len(output), -1).argmax(axis=1)


def _probabilities(output: Outputs) -> NDArray[np.float64]:
    return softmax(output.reshape(len(output), -1).astype(np.float64))
