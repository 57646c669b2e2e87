"""Train an object detector: from a project folder to a model folder, with an event for each step."""

from __future__ import annotations

from mai.train.detection.prepare import prepare
from mai.train.detection.pretrained import better_network
from mai.train.detection.result import photo_names, write_results
from mai.train.engine.loop import train
from mai.train.engine.progress import announce_start
from mai.train.plan.plan import Plan
from mai.train.results.so_far import saves_so_far


def train_detection(plan: Plan) -> None:
    """The whole training. Raises MaiError."""
    prepared = prepare(plan)
    announce_start(prepared.job, prepared.name, len(prepared.frames), len(prepared.pictures.photos))
    prepared.job.so_far = saves_so_far(
        plan.instant, plan.project, prepared.job, name=prepared.name, arch=prepared.arch, split=photo_names(prepared)
    )
    outcome = train(prepared.job, from_checkpoint=plan.resume)
    kept, outcome = better_network(plan, prepared, outcome)
    write_results(plan, kept, outcome)
