"""What a board's conversion is: its stages, the function that runs them, and the files that its program loads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mai.convert.job import Job, Outcome
from mai.convert.stages import Stages


@dataclass(frozen=True)
class Target:
    """`convert` enters each of `stages` once, in order, and writes the board's files into the job's folder.

    `answers`: the board's outputs for inputs (n, C, H, W), by the model in a folder that a conversion has left; None
    if the conversion has compared every sample already.
    """

    stages: tuple[str, ...]
    convert: Callable[[Job, Stages], Outcome]
    answers: Callable[[Path, NDArray[np.float32]], NDArray[np.float32]] | None = None
