"""Batches: their sizes, which events they emit, and what happens where one does not fit into memory."""

import pytest
import torch
from loop_job import SAMPLES, make_job
from mai.errors import MaiError
from mai.train.engine import progress
from mai.train.engine.loop import train
from mai.train.engine.training import even_batches
from photo_project import events_of

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError(), RuntimeError("DefaultCPUAllocator: x")])
def test_out_of_memory_halves_the_batch_once_and_says_so(tmp_path, capsys, error):
    whole = make_job(tmp_path)

    def losses(network, batch):
        if len(batch[0]) > 4:
            raise error
        return whole_losses(network, batch)

    whole_losses, whole.losses = whole.losses, losses
    outcome = train(whole)
    sent = events_of(capsys.readouterr().out)
    assert [(e["before"], e["after"]) for e in sent if e.get("code") == "batch_halved"] == [(8, 4)]
    assert [e["epoch"] for e in sent if e["event"] == "epoch_end"] == [1, 2, 3, 4]
    assert outcome.batch_size == 4


def test_a_batch_size_beyond_the_samples_is_halved_to_half_of_them(tmp_path, capsys):
    whole = make_job(tmp_path, epochs=1, batch_size=512)

    def losses(network, batch):
        if len(batch[0]) > SAMPLES / 2:
            raise MemoryError
        return whole_losses(network, batch)

    whole_losses, whole.losses = whole.losses, losses
    assert train(whole).batch_size == SAMPLES // 2
    sent = events_of(capsys.readouterr().out)
    assert [(e["before"], e["after"]) for e in sent if e.get("code") == "batch_halved"] == [(512, 16)]


def test_out_of_memory_with_one_sample_is_an_error(tmp_path):
    def losses(network, batch):
        raise MemoryError

    with pytest.raises(MaiError) as caught:
        train(make_job(tmp_path, losses=losses))
    assert caught.value.code == "out_of_memory" and caught.value.params == {"batch_size": 1}


def test_other_errors_are_not_taken_for_memory(tmp_path):
    def losses(network, batch):
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        train(make_job(tmp_path, losses=losses))


def test_batches_of_milliseconds_do_not_flood(monkeypatch, capsys):
    now = iter(range(10_000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now) * 0.01)
    assert [batch for batch, _ in progress.announced_batches(100)] == list(range(1, 101))
    sent = events_of(capsys.readouterr().out)
    starts = [e["batch"] for e in sent if e["event"] == "batch_start"]
    assert starts == [e["batch"] for e in sent if e["event"] == "batch_end"]
    assert starts[0] == 1 and starts[-1] == 100
    assert len(starts) <= 7


def test_the_time_left_knows_of_epochs_that_take_longer(monkeypatch):
    """A detector's last quarter sees larger pictures: half of the epochs are not half of the time."""
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    eta = progress.Eta(4, cost=lambda epoch: 3.0 if epoch == 4 else 1.0)
    left = []
    for epoch, seconds in enumerate((10, 10, 10, 30), start=1):
        clock[0] += seconds
        left.append(eta.after(epoch))
    assert left == [50, 40, 30, 0]


def test_batches_are_even():
    sizes = [len(rows) for rows in even_batches(33, 32, torch.Generator())]
    assert sizes == [17, 16]
    assert sorted(torch.cat(even_batches(10, 4, torch.Generator())).tolist()) == list(range(10))


@pytest.mark.parametrize(
    ("samples", "batch_size", "sizes"), [(3, 2, [3]), (5, 2, [3, 2]), (4, 3, [2, 2]), (2, 1, [1, 1])]
)
def test_no_batch_has_one_sample_unless_asked_for(samples, batch_size, sizes):
    """Batch norm behind a global pooling cannot learn from one value."""
    assert [len(rows) for rows in even_batches(samples, batch_size, torch.Generator())] == sizes
