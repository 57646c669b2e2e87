"""A training that was killed goes on from its checkpoint, as if nothing had happened."""

import pytest
import torch
from loop_job import KilledError, curves, make_job
from mai.train.engine import loop, resume
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from photo_project import events_of

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("ema_decay", [0.0, 0.9])
def test_killed_and_resumed_equals_uninterrupted_to_the_bit(tmp_path, capsys, ema_decay):
    whole = make_job(tmp_path / "whole", ema_decay=ema_decay)
    train(whole)
    expected = curves(capsys.readouterr().out)

    def die(epoch, _matric):
        if epoch == 2:
            raise KilledError

    with pytest.raises(KilledError):
        train(make_job(tmp_path / "parts", ema_decay=ema_decay, after_epoch=die))
    before = curves(capsys.readouterr().out)
    torch.manual_seed(99)
    resumed = make_job(tmp_path / "parts", ema_decay=ema_decay)
    outcome = train(resumed, from_checkpoint=True)
    assert before + curves(capsys.readouterr().out) == expected
    assert [point["epoch"] for point in outcome.curves] == [1, 2, 3, 4]
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[key]), key


@pytest.mark.parametrize("where", ["train_one_epoch", "evaluate", "write_file", "name_file", "keep_last", "_end_epoch"])
@pytest.mark.parametrize("epoch", [1, 3])
def test_wherever_the_kill_strikes_the_curve_has_every_epoch_once(tmp_path, capsys, monkeypatch, where, epoch):
    whole = make_job(tmp_path / "whole", keeper=Keeper("val_loss", "best", 4))
    expected = (train(whole).epoch, curves(capsys.readouterr().out))

    module = resume if where in ("write_file", "name_file") else loop
    calls, real = [], getattr(module, where)

    def strike(*args, **named):
        calls.append(args)
        if len(calls) == epoch:
            raise KilledError
        return real(*args, **named)

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(module, where, strike)
        train(make_job(tmp_path / "parts", keeper=Keeper("val_loss", "best", 4)))
    before = [e for e in events_of(capsys.readouterr().out) if e["event"] == "epoch_end"]
    resumed = make_job(
        tmp_path / "parts", keeper=Keeper("val_loss", "best", 4), logged_epoch=before[-1]["epoch"] if before else 0
    )
    outcome = train(resumed, from_checkpoint=True)
    after = [e for e in events_of(capsys.readouterr().out) if e["event"] == "epoch_end"]
    assert (outcome.epoch, [e["matric"] for e in before + after]) == expected
    assert [e["epoch"] for e in before + after] == [1, 2, 3, 4]
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[key]), key


def test_epochs_the_server_never_recorded_are_sent_again(tmp_path, capsys):
    train(make_job(tmp_path, epochs=3))
    first = [e for e in events_of(capsys.readouterr().out) if e["event"] == "epoch_end"]
    train(make_job(tmp_path, epochs=3, logged_epoch=1), from_checkpoint=True)
    again = [e for e in events_of(capsys.readouterr().out) if e["event"] == "epoch_end"]
    assert [(e["epoch"], e["matric"]) for e in again] == [(e["epoch"], e["matric"]) for e in first[1:]]


@pytest.mark.parametrize("best", [1, 3, 4, 5])
def test_a_training_saved_now_and_then_goes_on_as_well(tmp_path, capsys, monkeypatch, best):
    """As on a GPU, whose epochs are shorter than writing them down: epochs 2 and 5 of 6 are saved here.

    Killed in epoch 4, then in 6, and the weights of epoch `best` are kept, which may never have been saved
    or have been run and sent twice.
    """
    monkeypatch.setattr(resume, "is_due", lambda job, state: state.epoch + 1 in (2, 5))

    def job(folder, kill_at=0, **changes):
        def validate(network, batch_size):
            return {"val_loss": 1.0, "val_acc": 90.0 if made.epoch == best else 10.0}

        def strike(epoch, _matric):
            if epoch == kill_at:
                raise KilledError

        keeper = Keeper("val_accuracy", "best", 6)
        made = make_job(folder, epochs=6, keeper=keeper, validate=validate, after_epoch=strike, **changes)
        return made

    def epochs():
        events = events_of(capsys.readouterr().out)
        return {e["epoch"]: e["matric"] for e in events if e["event"] == "epoch_end"}

    whole = job(tmp_path / "whole")
    assert train(whole).epoch == best
    expected = epochs()
    found = {}
    for kill_at in (4, 6):
        parts = job(tmp_path / "parts", kill_at=kill_at, logged_epoch=max(found, default=0))
        with pytest.raises(KilledError):
            train(parts, from_checkpoint=True)
        found |= epochs()
    resumed = job(tmp_path / "parts", logged_epoch=6)
    outcome = train(resumed, from_checkpoint=True)
    found |= epochs()
    assert (found, outcome.epoch, outcome.value) == (expected, best, 90)
    assert [point["epoch"] for point in outcome.curves] == [1, 2, 3, 4, 5, 6]
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[key]), key


def test_the_seconds_of_a_resumed_training_are_those_of_both_parts(tmp_path, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(loop.time, "monotonic", lambda: clock[0])

    def tick(epoch, _matric):
        clock[0] += 10
        if epoch == kill_at:
            raise KilledError

    kill_at = 2
    with pytest.raises(KilledError):
        train(make_job(tmp_path, epochs=3, after_epoch=tick))
    clock[0], kill_at = 50.0, 0  # the computer was started anew
    # 10 at the checkpoint of epoch 2, then the ends of epochs 2 and 3
    assert train(make_job(tmp_path, epochs=3, after_epoch=tick), from_checkpoint=True).seconds == 30


def test_a_training_begun_without_loss_scaling_goes_on_with_it(tmp_path):
    """Begun on a processor, resumed on a card that computes in float16."""

    def die(epoch, _matric):
        raise KilledError

    with pytest.raises(KilledError):
        train(make_job(tmp_path, after_epoch=die))
    job = make_job(tmp_path)
    job.precision.scaler = torch.amp.GradScaler("cpu", enabled=True)
    assert [point["epoch"] for point in train(job, from_checkpoint=True).curves] == [1, 2, 3, 4]
