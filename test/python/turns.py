"""A training that is asked to leave its turn at the end of given epochs, and goes on each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loop_job import make_job
from mai import events, turn
from mai.train.engine.loop import train
from mai.train.engine.training import Training


def in_turns(
    patch: pytest.MonkeyPatch, run: Callable[[int | None], None], ends_after: tuple[int, ...]
) -> list[list[dict]]:
    """The events of each turn. `run` takes the newest epoch on record, None in the first turn, and resumes by it.

    The server's line comes while one of the epochs `ends_after` is trained.
    """
    turns: list[list[dict]] = []

    def emit(event: str, **fields: object) -> None:
        turns[-1].append({"event": event, **fields})
        if event == "epoch_start" and fields["epoch"] in ends_after:
            turn.read_request(b'{"yield": true}')

    with patch.context() as within:
        within.setattr(events, "emit", emit)
        while len(turns) < 20:
            logged = [point["epoch"] for point in curve_of(turns)]
            turns.append([])
            try:
                run(max(logged, default=None))
            except turn.TurnOver:
                continue
            else:
                return turns
            finally:
                turn._asked.clear()
    raise AssertionError("it leaves its turn again and again")


def curve_of(turns: list[list[dict]]) -> list[dict]:
    """Every `epoch_end`, without what depends on the clock."""
    sent = [event for events_of_turn in turns for event in events_of_turn if event["event"] == "epoch_end"]
    return [{key: value for key, value in event.items() if key not in ("eta_s", "throughput")} for event in sent]


def ends_of(turns: list[list[dict]]) -> list[tuple]:
    """(event, epoch) by which each turn ended."""
    return [(sent[-1]["event"], sent[-1]["epoch"]) for sent in turns]


def turns_of(
    patch: pytest.MonkeyPatch, folder: Path, ends_after: tuple[int, ...], **changes: Any
) -> tuple[Training, list[list[dict]]]:
    """The job of the last turn of a small training, and the events of each."""
    jobs = []

    def run(logged):
        jobs.append(make_job(folder, logged_epoch=logged, **changes))
        train(jobs[-1], from_checkpoint=logged is not None)

    turns = in_turns(patch, run, ends_after)
    return jobs[-1], turns
