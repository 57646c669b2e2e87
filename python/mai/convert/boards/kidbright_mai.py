"""Convert photo networks (labels or boxes) for kidbright-mai (V831): the SPNN int8 pair of files."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spnn.format.model_files import read_model

from mai.convert import float_network
from mai.convert.agreement import agreement_of
from mai.convert.evaluation.for_project import evaluation_for
from mai.convert.evaluation.samples import Evaluation
from mai.convert.evaluation.sets import SampleSets, load_sets
from mai.convert.int8_network import write_int8
from mai.convert.int8_report import Int8Network, int8_report, rounded_cosine
from mai.convert.job import Job, Outcome
from mai.convert.known.backbone_files import known_network
from mai.convert.measure import run_twin
from mai.convert.scales import choose_scales
from mai.convert.stages import Stages

STAGES = ("export", "ncnn", "optimize", "calibrate", "quantize", "evaluate")
BOARD_FILES = ("model_int8.param", "model_int8.bin")


def convert(job: Job, stages: Stages) -> Outcome:
    """Run all stages, each on the checked result of the one before."""
    similarity: dict[str, float] = {}
    with stages.enter("export"):
        evaluation = evaluation_for(job)
        sets = load_sets(job.trained, evaluation)
        probes = sets.held_back.inputs[: float_network.PROBES]
        probe = float_network.Probe(probes, float_network.run_torch(job.trained.module, probes))
        known = known_network(job.trained, job.shape, job.shared_cache)
        similarity["onnx"] = float_network.export(job, probe, known)
    with stages.enter("ncnn"), ThreadPoolExecutor(1) as pool:
        # pnnx is a process of one thread: meanwhile the trained network answers for the photos that are compared
        answers = [pool.submit(float_network.run_torch, job.trained.module, part.inputs) for part in sets.compared]
        similarity["ncnn"] = float_network.convert(job, probe, known)
        references = [answer.result() for answer in answers]
    with stages.enter("optimize"):
        optimised, changes, similarity["optimised"] = float_network.optimise(job, probe, known)
    with stages.enter("calibrate"):
        choice = choose_scales(job.method, optimised, sets, evaluation, known)
    with stages.enter("quantize"):
        prepared, int8 = write_int8(job.build, optimised, choice.table, job.log)
    with stages.enter("evaluate"):
        network = Int8Network(optimised, prepared, int8, choice, changes, job.log.warnings)
        return _evaluate(network, sets, evaluation, references, similarity)


def answers(folder: Path, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the board says, by the int8 network in `folder`."""
    return run_twin(read_model(folder / "model_int8.param", folder / "model_int8.bin"), inputs)


def _evaluate(
    network: Int8Network,
    sets: SampleSets,
    evaluation: Evaluation,
    references: Sequence[np.ndarray],
    similarity: dict[str, float],
) -> Outcome:
    """`references`: what the trained network answers for each part of `sets.compared`."""
    if evaluation.chooses_thresholds:
        evaluation.choose_thresholds(
            sets.selection, network.choice.reference, run_twin(network.int8, sets.selection.inputs)
        )
    boards = [run_twin(network.int8, part.inputs) for part in sets.compared]
    compared = [
        (part, evaluation.compare(part, reference, board))
        for part, reference, board in zip(sets.compared, references, boards, strict=True)
    ]
    (_, comparison), reference, board = compared[0], references[0], boards[0]  # of the samples held back
    report: dict[str, Any] = {
        "measure": evaluation.measure,
        "held_back": {"used": len(sets.held_back), "of": sets.held_back_of},
        "changed": [changed for _, part in compared for changed in part.changed],
        **comparison.details,
        **int8_report(network, sets, evaluation, reference, board),
        "similarity": {
            **{stage: rounded_cosine(value) for stage, value in similarity.items()},
            "int8": rounded_cosine(float_network.cosine(board, reference)),
        },
    }
    answers = {name: said for _, part in compared for name, said in part.answers.items()}
    shares = comparison.accuracy_float, comparison.accuracy_board
    return Outcome(agreement_of(compared), *shares, report, BOARD_FILES, answers)
