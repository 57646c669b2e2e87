"""The loop that all project types share, on a network of a few hundred weights."""

import math

import pytest
import torch
import torch.nn.functional as F
from loop_job import curves, make_job
from mai.errors import MaiError
from mai.models.tensor_file import read_tensors
from mai.train.engine import loop, resume
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from mai.train.engine.packing import pack, unpack
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


class KilledError(BaseException):
    """Stands for SIGKILL: nothing in the loop may catch it."""


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

    place = resume if where in ("write_file", "name_file") else loop
    calls, real = [], getattr(place, where)

    def strike(*args, **named):
        calls.append(args)
        if len(calls) == epoch:
            raise KilledError
        return real(*args, **named)

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(place, where, strike)
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


def test_epochs_the_server_never_recorded_are_told_again(tmp_path, capsys):
    train(make_job(tmp_path, epochs=3))
    told = [e for e in events_of(capsys.readouterr().out) if e["event"] == "epoch_end"]
    train(make_job(tmp_path, epochs=3, logged_epoch=1), from_checkpoint=True)
    again = [e for e in events_of(capsys.readouterr().out) if e["event"] == "epoch_end"]
    assert [(e["epoch"], e["matric"]) for e in again] == [(e["epoch"], e["matric"]) for e in told[1:]]


@pytest.mark.parametrize("best", [1, 3, 4, 5])
def test_a_training_saved_now_and_then_goes_on_as_well(tmp_path, capsys, monkeypatch, best):
    """As on a GPU, whose epochs are shorter than writing them down: epochs 2 and 5 of 6 are saved here.

    Killed in epoch 4, then in 6, and the weights of epoch `best` are kept, which may never have been saved
    or have been run and told of twice.
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
        told = events_of(capsys.readouterr().out)
        return {e["epoch"]: e["matric"] for e in told if e["event"] == "epoch_end"}

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


def test_packing_keeps_values_types_and_layouts():
    last = torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last)
    values = {
        "small": [torch.rand(3, 2), torch.tensor(7), torch.tensor(1.5, dtype=torch.bfloat16), torch.empty(0, 2)],
        "last": (last, last[:, :2], torch.rand(4, 5).T),
        "large": torch.rand(600_000),
        "nested": {1: {"step": torch.tensor(3.0)}},
        "none": None,
        "words": ("best", 2),
    }

    def same(one, other):
        if isinstance(one, torch.Tensor):
            return one.dtype == other.dtype and one.stride() == other.stride() and torch.equal(one, other)
        if isinstance(one, dict):
            return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
        if isinstance(one, list | tuple):
            return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
        return one == other

    packed = pack(values)
    assert packed["tree"]["large"] is values["large"] and sorted(packed["flat"]) == ["bfloat16", "float32", "int64"]
    values["small"][0] += 1  # a copy: the training may go on
    found = unpack(packed)
    assert not same(found, values)
    values["small"][0] -= 1
    assert same(unpack(pack(values)), values)


def test_a_checkpoint_is_due_by_time(tmp_path, monkeypatch):
    interval, clock, written = resume.checkpoint_interval, [1000.0], []
    monkeypatch.setattr(resume, "checkpoint_interval", lambda device: 5.0)
    monkeypatch.setattr(resume.time, "monotonic", lambda: clock[0])
    real = resume.write_file

    def note(folder, values):
        written.append(values["tree"]["epoch"])
        return real(folder, values)

    monkeypatch.setattr(resume, "write_file", note)

    def tick(epoch, _matric):
        clock[0] += 2

    outcome = train(make_job(tmp_path, epochs=8, after_epoch=tick))
    assert written == [4, 7] and outcome.epoch == 8
    assert interval(torch.device("cpu")) == 0 < interval(torch.device("cuda"))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "last.pt").write_bytes(b"half"), "checkpoint_unreadable"),
        (lambda folder: None, "checkpoint_of_other_settings"),
    ],
)
def test_a_checkpoint_that_does_not_fit_starts_again_with_a_notice(tmp_path, capsys, spoil, code):
    train(make_job(tmp_path, epochs=2))
    spoil(tmp_path)
    capsys.readouterr()
    train(make_job(tmp_path, epochs=2, fingerprint="other"), from_checkpoint=True)
    told = events_of(capsys.readouterr().out)
    assert told[0]["code"] == code
    assert [e["epoch"] for e in told if e["event"] == "epoch_end"] == [1, 2]


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


def test_a_kill_while_writing_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    train(make_job(tmp_path, epochs=2))
    before = (tmp_path / "last.pt").read_bytes()

    def half(values, file):
        file.write(b"half")
        raise KilledError

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KilledError):
        train(make_job(tmp_path, epochs=3, fingerprint="g"))
    assert (tmp_path / "last.pt").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.pt", "best.pt", "last.pt"]  # 0.pt was half written


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


def test_the_kept_epochs_weights_are_in_the_model_at_the_end(tmp_path):
    accuracies = iter([50, 90, 60])
    kept = {}

    def remember(epoch, _matric):
        kept[epoch] = {key: value.clone() for key, value in job.model.state_dict().items()}

    job = make_job(
        tmp_path,
        epochs=3,
        keeper=Keeper("val_accuracy", "best", 3),
        after_epoch=remember,
        validate=lambda network, batch_size: {"val_loss": 1.0, "val_acc": next(accuracies)},
    )
    outcome = train(job)
    assert (outcome.epoch, outcome.value) == (2, 90)
    assert unpack(read_tensors(tmp_path / "best.pt"))["epoch"] == 2
    for key, value in job.model.state_dict().items():
        assert torch.equal(value, kept[2][key])


def test_weights_that_were_good_from_the_start_are_kept_as_epoch_0(tmp_path):
    accuracies = iter([50, 60])
    job = make_job(
        tmp_path,
        epochs=2,
        keeper=Keeper("val_accuracy", "best", 2),
        start_metrics={"val_loss": 0.1, "val_acc": 95},
        validate=lambda network, batch_size: {"val_loss": 1.0, "val_acc": next(accuracies)},
    )
    before = {key: value.clone() for key, value in job.model.state_dict().items()}
    assert train(job).epoch == 0
    for key, value in job.model.state_dict().items():
        assert torch.equal(value, before[key])
