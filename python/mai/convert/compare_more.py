"""Compare board and float network on up to 500 photos of the project, after the conversion has answered.

Agreement needs no unseen photos, and 24 of 24 promises no more than 86 to 100 of 100 others.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch

from mai import events
from mai.boards import DEFAULT_BOARD
from mai.config import read_project
from mai.convert.agreement import agreement_fields, agreement_of
from mai.convert.boards import target_for
from mai.convert.choose_samples import evenly
from mai.convert.evaluation.detection import DetectionEvaluation
from mai.convert.evaluation.for_project import evaluation_for
from mai.convert.float_network import run_torch
from mai.convert.job import Job
from mai.files import write_atomic
from mai.models.registry import load_model
from mai.models.report_file import report_text
from mai.models.samples_file import add_answers

MOST = 500  # 300 MB as the network is fed
SCRATCH = ".compare-"


def compare_more(project: Path, model: Path, cache: Path, threads: int) -> None:
    """Emit `agreement_checked` and write it into `model`/report.json; do nothing if all photos were compared before.

    The photos are spread evenly over the labels, and by a hash of the names over the scenes of a label; the range
    counts scenes. Raises MaiError for a model or a project that cannot be read.
    """
    torch.set_num_threads(threads)
    report_file = model / "report.json"
    before = _identity(report_file)
    trained = load_model(model / "model.pth")
    report = _read(report_file)
    conversion = report.get("conversion")
    if not isinstance(conversion, dict) or not conversion.get("compared"):
        return
    answers = target_for(conversion.get("board", DEFAULT_BOARD), trained.project_type).answers
    if answers is None:
        return  # every sample has been compared already
    cache.mkdir(parents=True, exist_ok=True)
    for left in cache.glob(f"{SCRATCH}*"):  # by a comparison that was killed; there is one at a time
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=cache) as scratch:
        job = Job(read_project(project), trained, Path(scratch), Path(scratch), "auto", threads)
        evaluation = evaluation_for(job)
        if isinstance(evaluation, DetectionEvaluation):
            evaluation.threshold_float = conversion["threshold_float"]
            evaluation.threshold_board = conversion["threshold"]
        names = [*trained.split.get("train", []), *trained.split.get("validation", [])]
        samples = evaluation.load(evenly(names, evaluation.label_of)[:MOST])
        if len(samples) <= conversion["compared"]["compared"]:
            return
        reference, board = run_torch(trained.module, samples.inputs), answers(model, samples.inputs)
        comparison = evaluation.compare(samples, reference, board)
        found = agreement_fields(agreement_of([(samples, comparison)]))
    conversion["compared_after"] = found
    if _identity(report_file) != before:
        return  # a newer conversion has replaced it
    add_answers(model, comparison.answers)
    write_atomic(report_file, lambda file: file.write(report_text(report).encode()))
    events.emit("agreement_checked", **found)


def _identity(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_dev, stat.st_ino, stat.st_mtime_ns


def _read(path: Path) -> dict[str, Any]:
    report = json.loads(path.read_text(encoding="utf-8"))
    return report if isinstance(report, dict) else {}
