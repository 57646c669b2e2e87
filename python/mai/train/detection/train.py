"""Train an object detector: from a project folder to a model folder, with an event for each step."""

from __future__ import annotations

from mai.train.detection.prepare import prepare
from mai.train.detection.pretrained import better_network
from mai.train.detection.result import write_results
from mai.train.engine.loop import train
from mai.train.engine.progress import announce_start
from mai.train.plan.plan import Plan


def train_detection(plan: Plan) -> None:
    """The whole training. Raises MaiError."""
    prepared = prepare(plan)
    announce_start(prepared.job, prepared.name, len(prepared.frames), len(prepared.squares.photos))
    outcome = train(prepared.job, from_checkpoint=plan.resume)
    kept, outcome = better_network(plan, prepared, outcome)
    write_results(plan, kept, outcome)
