"""Train an image classifier: from a project folder to a model folder, with an event for each step."""

from __future__ import annotations

from mai.train.classification.prepare import prepare
from mai.train.classification.result import write_results
from mai.train.engine.loop import train
from mai.train.engine.progress import announce_start
from mai.train.plan.plan import Plan
from mai.train.results.so_far import saves_so_far


def train_classification(plan: Plan) -> None:
    """The whole training. Raises MaiError."""
    prepared = prepare(plan)
    beginning, split = prepared.beginning, prepared.photos.split
    announce_start(prepared.job, beginning.decisions.model, len(split.train), len(split.validation))
    names, decisions = split.of(prepared.photos.names), beginning.decisions
    prepared.job.so_far = saves_so_far(
        plan.instant,
        plan.project,
        prepared.job,
        name=decisions.model,
        arch=beginning.arch,
        split=names,
        least=decisions.instant["accuracy"],
    )
    outcome = train(prepared.job, from_checkpoint=beginning.resumes)
    write_results(plan, prepared, outcome)
