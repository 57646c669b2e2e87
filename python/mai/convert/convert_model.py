"""Run one conversion, from its arguments to the finished output folder."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch

from mai import events
from mai.config import read_project
from mai.convert.agreement import agreement_fields
from mai.convert.arguments import ConvertArgs
from mai.convert.boards import require_network_of, target_for
from mai.convert.job import Job
from mai.convert.judge import notify_if_usual_threshold_hides, notify_if_worse, notify_unknown
from mai.convert.output_folder import new_output
from mai.convert.package import write_package
from mai.convert.report import percent, write_report
from mai.convert.stages import Stages
from mai.device import choose_device
from mai.models.labels_file import write_labels
from mai.models.registry import load_model
from mai.models.samples_file import add_answers


def convert_model(args: ConvertArgs) -> None:
    """Convert, judge, pack. Raises MaiError (with the parameter `stage` once the stages have begun).

    Nothing of a failed conversion stays: `args.output` is as it was.
    """
    started = time.perf_counter()
    choose_device(args.device)
    if args.threads > 0:
        torch.set_num_threads(args.threads)
    project = read_project(args.project)
    if args.board is not None:
        project = replace(project, board=args.board)
    with (
        new_output(args.output, args.model) as build,
        tempfile.TemporaryDirectory(prefix=".scratch-", dir=args.output.parent) as scratch,
    ):
        # The copy that goes into the output: a training that goes on may replace its model so far at any moment.
        trained = load_model(build / "model.pth")
        target = target_for(project.board, trained.project_type)
        require_network_of(project.board, trained)
        stages = Stages((*target.stages, "package"))
        events.emit("convert_model_init", model=trained.name, board=project.board, stages=list(stages.names))
        job = Job(project, trained, build, Path(scratch), args.method, torch.get_num_threads(), args.shared_cache)
        outcome = target.convert(job, stages)
        with stages.enter("package"):
            if not (build / "labels.txt").is_file():  # a training of long ago may have left none
                write_labels(build, trained.labels)
            report = write_report(job, outcome, args.model, stages.seconds)
            add_answers(build, outcome.answers)
            write_package(build, outcome.board_files, report)
    notify_if_worse(outcome, report)
    notify_if_usual_threshold_hides(report)
    notify_unknown(report, job.project.train.train_split)
    rate, time_on_board = report.get("frame_rate", {}), report.get("milliseconds", {})
    events.emit(
        "convert_model_end", model=trained.name, board=project.board, agreement=percent(outcome.agreement.share),
        **agreement_fields(outcome.agreement),
        accuracy_float=percent(outcome.accuracy_float), accuracy_board=percent(outcome.accuracy_board),
        method=report.get("method"), frames_per_second=rate.get("frames_per_second"),
        frames_at_least=rate.get("at_least"), frames_at_most=rate.get("at_most"),
        ms_at_least=time_on_board.get("at_least"), ms_at_most=time_on_board.get("at_most"),
        threshold=report.get("threshold"), seconds=round(time.perf_counter() - started, 2),
    )  # fmt: skip
