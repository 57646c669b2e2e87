"""What a training leaves behind when it leaves its turn, and when it waits to be asked to."""

from __future__ import annotations

from threading import Timer

import pytest
import torch
from loop_job import make_job
from mai import turn
from mai.models.tensor_file import save_tensors
from mai.train.engine import loop, resume
from mai.train.engine.checkpoint import read_kept
from mai.train.engine.held_back import HeldBackAnswers
from mai.train.engine.loop import train
from mai.train.engine.packing import pack
from turns import curve_of, ends_of, in_turns, turns_of

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def validations(monkeypatch):
    """The epochs validated, in the order of the validations."""
    epochs = []
    real = loop.evaluate
    monkeypatch.setattr(loop, "evaluate", lambda job, state: (epochs.append(state.epoch + 1), real(job, state))[1])
    return epochs


def test_a_training_that_goes_on_need_not_validate_again(tmp_path, monkeypatch, validations):
    _, turns = turns_of(monkeypatch, tmp_path, (1, 3), epochs=4)
    assert ends_of(turns)[:2] == [("yielded", 1), ("yielded", 3)] and validations == [1, 2, 3, 4]


def test_the_answers_of_every_epoch_are_known_after_all_turns(tmp_path, monkeypatch):
    known = []

    def run(logged):
        held_back = HeldBackAnswers(torch.zeros(2, dtype=torch.int64))

        def validate(network, batch_size):
            held_back.add(job.epoch, torch.full((2,), job.epoch), torch.ones(2))
            return {"val_loss": 1.0, "val_acc": 50.0}

        job = make_job(tmp_path, epochs=3, logged_epoch=logged, validate=validate, held_back=held_back)
        train(job, from_checkpoint=logged is not None)
        known.append(held_back.state())

    in_turns(monkeypatch, run, (1, 2))
    assert known[0]["epochs"] == [1, 2, 3] and known[0]["answers"].tolist() == [[1, 1], [2, 2], [3, 3]]


@pytest.mark.parametrize(
    ("accuracy", "changes", "waits"),
    [
        ([80, 95, 80, 95], {}, [2]),
        ([80, 89.9, 80, 80], {}, []),
        ([95, 95, 95, 95], {"has_quick_model": True}, []),
    ],
)
def test_it_waits_a_moment_for_the_server_when_its_first_model_can_be_used(
    tmp_path, monkeypatch, accuracy, changes, waits
):
    sent, waited = iter(accuracy), []
    monkeypatch.setattr(turn, "wait_for_request", lambda: waited.append(epochs[-1]))
    epochs = []

    def validate(network, batch_size):
        epochs.append(len(epochs) + 1)
        return {"val_loss": 1.0, "val_acc": next(sent)}

    turns_of(monkeypatch, tmp_path, (3,), epochs=4, validate=validate, **changes)
    assert waited == waits


def test_a_request_in_that_moment_ends_the_turn_with_that_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr(turn, "_ANSWER_S", 60)
    real = turn.wait_for_request

    def wait():
        Timer(0.02, turn.read_request, [b'{"yield": true}']).start()
        real()

    monkeypatch.setattr(turn, "wait_for_request", wait)
    accuracy = {"val_loss": 1.0, "val_acc": 95.0}
    _, turns = turns_of(monkeypatch, tmp_path, (), epochs=3, validate=lambda network, batch_size: accuracy)
    assert ends_of(turns)[0] == ("yielded", 1)


@pytest.mark.parametrize("damage", ["other epoch", "other settings", "half", "gone"])
def test_it_validates_again_where_the_figures_are_not_those_of_its_checkpoint(
    tmp_path, monkeypatch, validations, damage
):
    path = tmp_path / resume.FIGURES
    real = resume.keep_figures

    def keep(job, state):
        real(job, state)
        kept = read_kept(path)
        if damage == "other epoch":
            save_tensors(path, pack(kept | {"curve": kept["curve"] | {"epoch": 1}}))
        elif damage == "other settings":
            save_tensors(path, pack(kept | {"fingerprint": "of another"}))
        elif damage == "half":
            path.write_bytes(path.read_bytes()[:100])
        else:
            path.unlink()

    monkeypatch.setattr(resume, "keep_figures", keep)
    _, turns = turns_of(monkeypatch, tmp_path, (2,), epochs=3)
    assert validations == [1, 2, 2, 3] and [point["epoch"] for point in curve_of(turns)] == [1, 2, 3]


def test_a_full_disk_costs_the_turn_nothing_but_a_validation(tmp_path, monkeypatch, validations):
    def no_space(path, values):
        raise OSError(28, "no space")

    monkeypatch.setattr(resume, "save_tensors", no_space)
    _, turns = turns_of(monkeypatch, tmp_path, (2,), epochs=3)
    assert ends_of(turns)[0] == ("yielded", 2) and validations == [1, 2, 2, 3]
