"""Samples as network inputs, and the comparison of two networks' answers for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Outputs = NDArray[np.float32]  # (n, …): the network's output blob for n samples


@dataclass(frozen=True)
class Samples:
    """`inputs` float32 (n, C, H, W); `truths` per sample: the label's index, or the boxes drawn.

    `scenes`: samples with the same number are nearly the same.
    """

    names: tuple[str, ...]
    inputs: NDArray[np.float32]
    truths: tuple[Any, ...]
    scenes: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Comparison:
    """Float network and board side by side on some samples. Fractions are 0..1.

    `changed`: one entry per sample whose answer changed, with both answers and their scores.
    `details`: what else the report says of this kind of project, ready for JSON. `answers`: by the name of each
    sample, `float` and `board` as in samples.json.
    """

    agreement: float
    accuracy_float: float
    accuracy_board: float
    changed: list[dict[str, Any]]
    details: dict[str, Any]
    answers: dict[str, dict[str, Any]]


class Evaluation(Protocol):
    """One kind of project. `measure` names the accuracy; `chooses_thresholds`: it has thresholds to choose."""

    measure: str
    chooses_thresholds: bool

    def label_of(self, name: str) -> object:
        """The label index of a sample, so that samples can be chosen evenly."""
        ...

    def load(self, names: Sequence[str]) -> Samples:
        """The samples in this order; those that can no longer be read are left out."""
        ...

    def agreement(self, reference: Outputs, output: Outputs) -> float:
        """Share (0..1) of samples for which both outputs mean the same answer."""
        ...

    def choose_thresholds(self, samples: Samples, float_output: Outputs, board_output: Outputs) -> None:
        """Choose what the comparison needs, on samples that are not held back."""
        ...

    def compare(self, samples: Samples, float_output: Outputs, board_output: Outputs) -> Comparison:
        """The report's figures."""
        ...
