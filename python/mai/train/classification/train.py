"""Train an image classifier: from a project folder to a model folder, with an event for each step."""

from __future__ import annotations

from mai.train.classification.prepare import prepare
from mai.train.classification.result import write_results
from mai.train.engine.loop import train
from mai.train.engine.progress import announce_start
from mai.train.plan.plan import Plan


def train_classification(plan: Plan) -> None:
    """The whole training. Raises MaiError."""
    prepared = prepare(plan)
    beginning, split = prepared.beginning, prepared.photos.split
    announce_start(prepared.job, beginning.decisions.model, len(split.train), len(split.validation))
    outcome = train(prepared.job, from_checkpoint=beginning.resumes)
    write_results(plan, prepared, outcome)
