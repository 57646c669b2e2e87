"""What the board's program for boxes asks of a file: two outputs, and one label more where there are four.

- `boxes` 1×1×4×A, distances in strides; found by its third dimension 4.
- `scores_Sigmoid` 1×N×A×1, scores after the sigmoid; older firmware finds it by "Sigmoid" in its name. N must be the
  number of labels in the .mud.
- A file with exactly four labels crashes the program at its second picture. So it gets a fifth, PADDING, which never
  scores: the IDE leaves out what is no label of its own.
(docs/ide-contract.md § The board kidbright-mai-plus)
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mai.convert.export_onnx import export_onnx
from mai.convert.float_network import Probe
from mai.convert.job import Job
from mai.convert.onnx_reference import run_onnx_outputs
from mai.convert.similarity import require_same
from mai.detect.distances import FIRST_SCORE
from mai.models.lite_boxes import LiteBoxes

OUTPUTS = ("boxes", "scores_Sigmoid")
CRASHES = 4  # labels
PADDING = "__pad__"
NEVER = -8.0  # logit of the padding: its score is 0 in the board's 8 bits


class BoardOutputs(nn.Module):
    """The two outputs of a trained detector, padded."""

    def __init__(self, trained: LiteBoxes) -> None:
        super().__init__()
        self.network = copy.deepcopy(trained)
        head = self.network.score_head
        if head.out_channels == CRASHES:
            padded = nn.Conv2d(head.in_channels, CRASHES + 1, 1)
            with torch.no_grad():
                for name, empty in (("weight", 0.0), ("bias", NEVER)):
                    padded.get_parameter(name).fill_(empty)[:CRASHES] = head.get_parameter(name)
            self.network.score_head = padded

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        distances, logits = self.network.raw(x)
        return distances.unsqueeze(1), logits.unsqueeze(3).sigmoid()


def padded_names(names: Sequence[str]) -> list[str]:
    """The names of the .mud, as many as the file has scores."""
    return [*names, PADDING] if len(names) == CRASHES else list(names)


def without_padding(output: NDArray[np.float32], labels: int) -> NDArray[np.float32]:
    """(n, 4 + N, A) of the board → what the trained network answers."""
    return output[:, : FIRST_SCORE + labels]


def export(job: Job, probe: Probe) -> float:
    """Write model.onnx; cosine similarity of its answer (ONNX's own reference, one sample: it is slow)."""
    path = job.build / "model.onnx"
    module = job.trained.module
    assert isinstance(module, LiteBoxes)
    export_onnx(BoardOutputs(module), job.shape, path, OUTPUTS)
    distances, scores = run_onnx_outputs(path, probe.inputs[:1])
    answer = np.concatenate([distances[:, 0], scores[..., 0]], axis=1)
    return require_same(without_padding(answer, len(job.trained.labels)), probe.reference[:1], "model.onnx")
