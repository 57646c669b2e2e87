"""What differs between networks that answer with one label and those that answer with boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from mai.convert import float_network
from mai.convert.boards.kidbright_mai_plus import boxes
from mai.convert.boards.kidbright_mai_plus.mud import ModelType
from mai.convert.boards.kidbright_mai_plus.speed import milliseconds
from mai.convert.float_network import Probe
from mai.convert.job import Job


@dataclass(frozen=True)
class Way:
    """`names`: of the outputs on the board, from those of the labels. `answer`: the board's output and the number of
    labels → what the trained network answers. `report`: what else the report says of such networks."""

    model_type: ModelType
    export: Callable[[Job, Probe], float]
    names: Callable[[Sequence[str]], list[str]]
    answer: Callable[[NDArray[Any], int], NDArray[Any]]
    report: Callable[[Job], dict[str, Any]]


ONE_LABEL = Way(
    "classifier", float_network.export, list, lambda output, _labels: output,
    lambda job: {"board_shows": "probability", "milliseconds": milliseconds(job.trained.module, job.shape)},
)  # fmt: skip
BOXES = Way(
    "yolo11", boxes.export, boxes.padded_names, boxes.without_padding,
    lambda job: {"milliseconds": milliseconds(job.trained.module, job.shape)},
)  # fmt: skip
