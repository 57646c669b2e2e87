"""Convert sound networks for kidbright-mai (V831): a float network in numpy, and an int8 one if it loses nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from spnn.errors import SpnnError

from mai.convert import float_network
from mai.convert.agreement import agreement_of
from mai.convert.evaluation.for_project import evaluation_for
from mai.convert.evaluation.samples import Comparison, Evaluation
from mai.convert.evaluation.sets import SampleSets, load_sets
from mai.convert.float_network import Probe
from mai.convert.int8_network import FILES, write_int8
from mai.convert.int8_report import Int8Network, int8_report, rounded_cosine
from mai.convert.job import Job, Outcome
from mai.convert.measure import run_twin
from mai.convert.scales import choose_scales
from mai.convert.stages import Stages
from mai.convert.voice_arrays import voice_arrays
from mai.errors import MaiError
from mai.voice.runtime import forward, read_npz, write_npz

STAGES = ("npz", "export", "ncnn", "int8", "evaluate")
BOARD_FILE = "model_cpu.npz"
LARGEST_DIFFERENCE = 1e-4  # of a logit, relative to the largest one


def convert(job: Job, stages: Stages) -> Outcome:
    """The board's file first: a network that the board cannot run is refused at once."""
    with stages.enter("npz"):
        write_npz(voice_arrays(job.trained.module), job.trained.labels, job.build / BOARD_FILE)
        evaluation = evaluation_for(job)
        # Every held-back clip: a clip costs a small part of what a photo does.
        sets = load_sets(job.trained, evaluation, held_back=len(job.trained.split["validation"]))
        reference = float_network.run_torch(job.trained.module, sets.held_back.inputs)
        arrays, _ = read_npz(job.build / BOARD_FILE)
        board = forward(arrays, sets.held_back.inputs)
        _require_equal(board, reference)
    probe = Probe(sets.held_back.inputs[: float_network.PROBES], reference[: float_network.PROBES])
    similarity: dict[str, float] = {}
    with stages.enter("export"):
        similarity["onnx"] = float_network.export(job, probe)
    with stages.enter("ncnn"):
        similarity["ncnn"] = float_network.convert(job, probe)
    with stages.enter("int8"):
        int8 = _int8_variant(job, sets, evaluation, reference, probe)
    with stages.enter("evaluate"):
        comparison = evaluation.compare(sets.held_back, reference, board)
        similarity["numpy"] = float_network.cosine(board, reference)
        report: dict[str, Any] = {
            "measure": evaluation.measure, "method": "float",
            "held_back": {"used": len(sets.held_back), "of": sets.held_back_of},
            "changed": comparison.changed, **comparison.details,
            "similarity": {stage: rounded_cosine(value) for stage, value in similarity.items()},
            "int8": int8,
        }  # fmt: skip
        files = (BOARD_FILE, *(("model_int8.param", "model_int8.bin") if int8["offered"] else ()))
        return Outcome(
            agreement_of([(sets.held_back, comparison)]),
            comparison.accuracy_float,
            comparison.accuracy_board,
            report,
            files,
            comparison.answers,
        )


def _require_equal(board: np.ndarray, reference: np.ndarray) -> None:
    """Check on every held-back clip that the numpy network gives PyTorch's logits."""
    difference = float(np.abs(board - reference).max() / max(1.0, float(np.abs(reference).max())))
    if not difference <= LARGEST_DIFFERENCE:
        raise MaiError(
            "stage_differs",
            what=BOARD_FILE, error=difference if np.isfinite(difference) else None, limit=LARGEST_DIFFERENCE,
        )  # fmt: skip


def _int8_variant(
    job: Job, sets: SampleSets, evaluation: Evaluation, reference: np.ndarray, probe: Probe
) -> dict[str, Any]:
    """Make and measure the int8 variant; keep its files only if it loses nothing. A failure is a line of the report."""
    try:
        optimised, changes, _ = float_network.optimise(job, probe)
        choice = choose_scales(job.method, optimised, sets, evaluation)
        prepared, int8 = write_int8(job.build, optimised, choice.table, job.log)
        board = run_twin(int8, sets.held_back.inputs)
    except (MaiError, SpnnError) as reason:
        _drop(job)
        return {"offered": False, "reason": str(reason)}
    comparison = evaluation.compare(sets.held_back, reference, board)
    offered = not comparison.changed
    if not offered:
        _drop(job)
    network = Int8Network(optimised, prepared, int8, choice, changes, job.log.warnings)
    return {
        "offered": offered, "reason": _why(comparison, offered),
        "agreement": round(100 * comparison.agreement, 2), "accuracy": round(100 * comparison.accuracy_board, 2),
        "changed": comparison.changed, "similarity": rounded_cosine(float_network.cosine(board, reference)),
        **int8_report(network, sets, evaluation, reference, board),
    }  # fmt: skip


def _why(comparison: Comparison, offered: bool) -> str:
    if offered:
        return "the 8-bit network gives the same answer on every clip that was held back"
    lost = 100 * (comparison.accuracy_float - comparison.accuracy_board)
    return (
        f"the 8-bit network changes its answer on {len(comparison.changed)} clips and loses {lost:.3g} points "
        "of accuracy: small networks for sound can collapse in 8 bits, so only the float network is kept"
    )


def _drop(job: Job) -> None:
    for name in FILES:
        (job.build / name).unlink(missing_ok=True)
