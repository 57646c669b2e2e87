"""Train a voice classifier: from a project folder to a model folder, with an event for each step."""

from __future__ import annotations

from mai.train.engine.loop import train
from mai.train.engine.progress import announce_start
from mai.train.plan.plan import Plan
from mai.train.results.so_far import saves_so_far
from mai.train.voice.prepare import prepare
from mai.train.voice.result import write_results


def train_voice(plan: Plan) -> None:
    """The whole training. Raises MaiError."""
    prepared = prepare(plan)
    split = prepared.clips.split
    announce_start(prepared.job, prepared.name, len(split.train), len(split.validation))
    names = split.of(prepared.clips.set.names)
    prepared.job.so_far = saves_so_far(
        plan.instant, plan.project, prepared.job, name=prepared.name, arch=prepared.arch, split=names
    )
    outcome = train(prepared.job, from_checkpoint=plan.resume)
    write_results(plan, prepared, outcome)
