"""Convert a network: PyTorch → ONNX → model.cvimodel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mai import events
from mai.convert import float_network
from mai.convert.agreement import agreement_of
from mai.convert.boards.kidbright_mai_plus import steps
from mai.convert.boards.kidbright_mai_plus.labels import board_names
from mai.convert.boards.kidbright_mai_plus.mud import MODEL_FILE, MUD_FILE, mud
from mai.convert.boards.kidbright_mai_plus.ways import Way
from mai.convert.choose_samples import HELD_BACK
from mai.convert.evaluation.for_project import evaluation_for
from mai.convert.evaluation.samples import Evaluation
from mai.convert.evaluation.sets import SampleSets, load_sets
from mai.convert.float_network import Probe
from mai.convert.int8_report import rounded_cosine
from mai.convert.job import Job, Outcome
from mai.convert.similarity import cosine, require_same
from mai.convert.stages import Stages
from mai.plus.network import TWIN_FILE, PlusNetwork

STAGES = ("export", "transform", "calibrate", "quantize", "evaluate")
CALIBRATION = 100  # the old server's agreement rose from 24 to 60 of the pupil's own photos
ON_CHIP = 2  # samples; the simulated chip takes 3 s for one


def convert(way: Way, job: Job, stages: Stages) -> Outcome:
    """Run all stages, each on the checked result of the one before."""
    labels = job.trained.labels
    work = job.scratch / "plus"
    work.mkdir()
    similarity: dict[str, float] = {}
    with stages.enter("export"):
        evaluation = evaluation_for(job)
        sets = load_sets(job.trained, evaluation, held_back=_held_back(job), calibration=CALIBRATION)
        references = [float_network.run_torch(job.trained.module, part.inputs) for part in sets.compared]
        probe = Probe(sets.held_back.inputs[: float_network.PROBES], references[0][: float_network.PROBES])
        similarity["onnx"] = way.export(job, probe)
    with stages.enter("transform"):
        steps.transform(job.build / "model.onnx", probe.inputs[:1], work)
        with PlusNetwork(work / steps.FLOAT_MLIR) as floats:
            transformed = way.answer(floats(probe.inputs), len(labels))
        similarity["transformed"] = require_same(transformed, probe.reference, "the transformed model")
    with stages.enter("calibrate"):
        steps.calibrate(sets.calibration.inputs, work)
    with stages.enter("quantize"):
        steps.quantise(work)
        steps.write_files(work, job.build)
        names = board_names(labels)
        text = mud(way.names(names), way.model_type)
        (job.build / MUD_FILE).write_text(text, encoding="utf-8", newline="\n")
        with PlusNetwork(job.build / MODEL_FILE) as chip:
            on_chip = way.answer(chip(sets.held_back.inputs[:ON_CHIP]), len(labels))
    with stages.enter("evaluate"), PlusNetwork(job.build / TWIN_FILE) as twin:
        boards = [way.answer(twin(part.inputs), len(labels)) for part in sets.compared]
        require_same(boards[0][:ON_CHIP], on_chip, "the integer model")
        if evaluation.chooses_thresholds:
            chosen = sets.selection
            evaluation.choose_thresholds(
                chosen, float_network.run_torch(job.trained.module, chosen.inputs), twin(chosen.inputs)
            )
        outcome = _evaluate(sets, evaluation, references, boards, similarity, way.report(job))
    _notify_names(labels, names)
    return outcome


def answers(folder: Path, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the board says, by the integer network in `folder`."""
    with PlusNetwork(folder / TWIN_FILE) as twin:
        return twin(inputs)


def _held_back(job: Job) -> int:
    """Every clip: it costs a small part of what a photo does."""
    is_voice = job.trained.project_type == "VOICE_CLASSIFICATION"
    return len(job.trained.split["validation"]) if is_voice else HELD_BACK


def _evaluate(
    sets: SampleSets,
    evaluation: Evaluation,
    references: Sequence[NDArray[np.float32]],
    boards: Sequence[NDArray[np.float32]],
    similarity: dict[str, float],
    more: dict[str, Any],
) -> Outcome:
    """`references` and `boards`: what the trained network and the board answer for each part of `sets.compared`;
    `more`: for the report."""
    compared = [
        (part, evaluation.compare(part, reference, board))
        for part, reference, board in zip(sets.compared, references, boards, strict=True)
    ]
    _, comparison = compared[0]  # of the samples held back
    # The board's program turns the outputs into probabilities, so no limit on the outputs means anything there.
    details = {key: value for key, value in comparison.details.items() if key != "unknown"}
    report: dict[str, Any] = {
        "measure": evaluation.measure, "method": "int8",
        "held_back": {"used": len(sets.held_back), "of": sets.held_back_of},
        "changed": [changed for _, part in compared for changed in part.changed],
        **details,
        **more,
        "calibration": {
            "samples": list(sets.calibration.names),
            "selection": len(sets.selection) if evaluation.chooses_thresholds else 0,
        },
        "similarity": {
            **{stage: rounded_cosine(value) for stage, value in similarity.items()},
            "int8": rounded_cosine(cosine(boards[0], references[0])),
        },
    }  # fmt: skip
    answers = {name: said for _, part in compared for name, said in part.answers.items()}
    shares = comparison.accuracy_float, comparison.accuracy_board
    return Outcome(agreement_of(compared), *shares, report, (MODEL_FILE, MUD_FILE), answers)


def _notify_names(labels: Sequence[str], names: Sequence[str]) -> None:
    changed = [{"label": label, "name": name} for label, name in zip(labels, names, strict=True) if label != name]
    if changed:
        events.notice("plus_labels_changed", labels=changed)
