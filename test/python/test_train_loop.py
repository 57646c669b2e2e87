"""The loop that all project types share, on a network of a few hundred weights."""

import math

import pytest
import torch
import torch.nn.functional as F
from loop_job import curves, make_job
from mai.errors import MaiError
from mai.train.engine import resume
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from photo_project import events_of
from torch import nn

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_loss_falls_and_events_come_in_order(tmp_path, capsys):
    train(make_job(tmp_path, epochs=6))
    out = capsys.readouterr().out
    losses = [point["val_loss"] for point in curves(out)]
    assert losses[-1] < losses[0] / 2
    names = [e["event"] for e in events_of(out)]
    first_epoch = names[: names.index("epoch_end") + 1]
    assert first_epoch[:3] == ["epoch_start", "batch_start", "batch_end"]
    assert first_epoch[-3:] == ["batch_start", "batch_end", "epoch_end"]
    end = [e for e in events_of(out) if e["event"] == "epoch_end"][-1]
    assert (end["epoch"], end["max_epoch"], end["eta_s"]) == (6, 6, 0)
    assert end["throughput"] > 0


def test_same_seed_same_losses_and_another_seed_others(tmp_path, capsys):
    runs = []
    for number, seed in enumerate((0, 0, 1)):
        train(make_job(tmp_path / str(number), seed=seed))
        runs.append(curves(capsys.readouterr().out))
    assert runs[0] == runs[1] != runs[2]


def test_a_loss_that_is_not_finite_stops_with_advice(tmp_path):
    def losses(network, batch):
        return {"train_loss": F.cross_entropy(network(batch[0] * float("nan")), batch[1])}

    with pytest.raises(MaiError) as caught:
        train(make_job(tmp_path, losses=losses))
    assert caught.value.code == "loss_not_finite" and "learning rate" in caught.value.msg


def test_batches_of_one_sample_and_a_batch_norm_that_needs_two_stop_with_advice(tmp_path):
    pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(3, 2))
    optimizer = torch.optim.SGD(pooled.parameters(), 0.02)
    with pytest.raises(MaiError) as caught:
        train(make_job(tmp_path, model=pooled, optimizer=optimizer, batch_size=1))
    assert caught.value.code == "batch_of_one" and "batch_size 2" in caught.value.msg

    train(make_job(tmp_path, model=pooled, optimizer=optimizer, batch_size=2, epochs=1))


def test_a_mistake_in_the_program_is_not_taken_for_one_of_the_settings(tmp_path):
    def losses(network, batch):
        raise ValueError("another")

    with pytest.raises(ValueError, match="another"):
        train(make_job(tmp_path, losses=losses))


def test_early_stopping_counts_epochs_without_improvement(tmp_path, capsys):
    accuracies = iter([50, 60, 60, 60, 60, 60, 60, 60])
    job = make_job(
        tmp_path,
        epochs=8,
        keeper=Keeper("val_accuracy", "best", 8),
        early_stopping=3,
        validate=lambda network, batch_size: {"val_loss": 1.0, "val_acc": next(accuracies)},
    )
    outcome = train(job)
    assert len(outcome.curves) == 5 and outcome.epoch == 2
    assert events_of(capsys.readouterr().out)[-1]["code"] == "stopped_early"


def test_epochs_count_on_behind_those_of_another_network(tmp_path, capsys):
    job = make_job(
        tmp_path,
        epochs=8,
        keeper=Keeper("val_accuracy", "best", 8),
        early_stopping=2,
        epochs_before=10,
        validate=lambda network, batch_size: {"val_loss": 1.0, "val_acc": 50.0},
    )
    outcome = train(job)
    sent = events_of(capsys.readouterr().out)
    ends = [(event["epoch"], event["max_epoch"]) for event in sent if event["event"] == "epoch_end"]
    assert ends == [(11, 18), (12, 18), (13, 18)] and [point["epoch"] for point in outcome.curves] == [1, 2, 3]
    assert (sent[-1]["code"], sent[-1]["epoch"]) == ("stopped_early", 13)


def test_a_training_ends_where_it_gives_up_and_has_a_checkpoint_of_that_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "checkpoint_interval", lambda _: math.inf)
    job = make_job(tmp_path, epochs=8, gives_up=lambda curves: len(curves) == 3, saved_epochs=(3,))
    assert [point["epoch"] for point in train(job).curves] == [1, 2, 3]
    again = make_job(tmp_path, epochs=8, gives_up=lambda curves: len(curves) == 3)
    state, _ = resume.restore(again)
    assert state.epoch == 2  # its third epoch is trained, and will be validated again
