"""Samples as the network is fed, and what two networks say about them."""

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

    `scenes`: samples of one number are nearly one and the same.
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
    `details`: what else the report says of this kind of project, ready for JSON.
    """

    agreement: float
    accuracy_float: float
    accuracy_board: float
    changed: list[dict[str, Any]]
    details: dict[str, Any]


class Evaluation(Protocol):
    """One kind of project. `measure` names what the accuracy is; `chooses_thresholds`: has it anything to settle?"""

    measure: str
    chooses_thresholds: bool

    def label_of(self, name: str) -> object:
        """What a sample shows, to choose evenly."""
        ...

    def load(self, names: Sequence[str]) -> Samples:
        """Samples in this order; what cannot be read any more is left out."""
        ...

    def agreement(self, reference: Outputs, output: Outputs) -> float:
        """Share (0..1) of samples for which both outputs mean the same answer."""
        ...

    def choose_thresholds(self, samples: Samples, float_output: Outputs, board_output: Outputs) -> None:
        """Fix what has to be chosen before the comparison, on samples that are not held back."""
        ...

    def compare(self, samples: Samples, float_output: Outputs, board_output: Outputs) -> Comparison:
        """The report's figures."""
        ...
