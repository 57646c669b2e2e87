"""A training of sounds takes one thread where other programs use the processor, and keeps it after a kill."""

import threading
import time

import pytest
import torch
from loop_job import KilledError, make_job
from mai.train.engine.crowded import CoresHad
from mai.train.engine.loop import train
from mai.train.plan.arguments import parse_plan
from mai.train.voice.prepare import prepare
from voice_project import make_project

EPOCH_FROM_WHICH_FEW = 2


@pytest.fixture
def two_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def crowded(monkeypatch):
    """Others take the processor in the second epoch of a process."""
    asked = []

    def were_few(_cores):
        asked.append(1)
        return len(asked) == EPOCH_FROM_WHICH_FEW

    monkeypatch.setattr(CoresHad, "were_few", were_few)


def noting_threads(folder, **changes):
    """A job, and the threads that its epochs were trained and validated with."""
    job = make_job(folder, **changes)
    trained, validated = [], []
    batches, validate = job.batches, job.validate

    def noting_batches(size, rng):
        trained.append(torch.get_num_threads())
        yield from batches(size, rng)

    def noting_validate(network, size):
        validated.append(torch.get_num_threads())
        return validate(network, size)

    job.batches, job.validate = noting_batches, noting_validate
    return job, trained, validated


@pytest.mark.usefixtures("two_threads", "crowded")
def test_it_goes_on_with_one_thread_from_the_validation_of_that_epoch_on(tmp_path):
    job, trained, validated = noting_threads(tmp_path, shares_cores=True)
    train(job)
    assert trained == [2, 2, 1, 1]
    assert validated == [2, 1, 1, 1]


def test_what_an_epoch_had_of_the_processor_is_counted(tmp_path, two_threads, monkeypatch):
    had = []
    monkeypatch.setattr(CoresHad, "were_few", lambda cores: had.append((cores.seconds, cores.processor_s)))
    train(make_job(tmp_path, epochs=2, shares_cores=True))
    assert len(had) == 2
    assert all(second > first > 0 for first, second in zip(*had, strict=True))


@pytest.mark.usefixtures("two_threads", "crowded")
def test_others_keep_their_threads(tmp_path):
    job, trained, _ = noting_threads(tmp_path)
    train(job)
    assert trained == [2, 2, 2, 2]


@pytest.mark.usefixtures("two_threads", "crowded")
def test_after_a_kill_it_goes_on_with_one_thread_whatever_it_is_given(tmp_path):
    def die(epoch, _matric):
        if epoch == EPOCH_FROM_WHICH_FEW:
            raise KilledError

    with pytest.raises(KilledError):
        train(make_job(tmp_path, shares_cores=True, after_epoch=die))
    torch.set_num_threads(2)
    job, trained, validated = noting_threads(tmp_path)
    train(job, from_checkpoint=True)
    # the epoch of the checkpoint is validated again
    assert (trained, validated) == ([1, 1], [1, 1, 1])


@pytest.mark.usefixtures("two_threads")
def test_one_that_was_given_one_thread_uses_all_that_it_is_given_later(tmp_path, monkeypatch):
    def die(_epoch, _matric):
        raise KilledError

    monkeypatch.setattr(CoresHad, "were_few", lambda _cores: True)
    torch.set_num_threads(1)
    with pytest.raises(KilledError):
        train(make_job(tmp_path, shares_cores=True, after_epoch=die))
    torch.set_num_threads(2)
    job, trained, _ = noting_threads(tmp_path)
    train(job, from_checkpoint=True)
    assert trained == [2, 2, 2]


def test_a_checkpoint_of_before_says_nothing_of_threads(tmp_path, two_threads, monkeypatch):
    from mai.train.engine import resume

    real = resume.pack
    monkeypatch.setattr(resume, "pack", lambda values: real({k: v for k, v in values.items() if k != "one_thread"}))

    def die(epoch, _matric):
        raise KilledError

    with pytest.raises(KilledError):
        train(make_job(tmp_path, after_epoch=die))
    job, trained, _ = noting_threads(tmp_path)
    train(job, from_checkpoint=True)
    assert trained == [2, 2, 2]


@pytest.mark.parametrize(
    ("seconds", "cores", "few"), [(1.0, 1.2, True), (1.0, 1.3, False), (4.0, 0.5, True), (0.9, 0.1, False)]
)
def test_few_cores_are_those_that_one_thread_would_use_as_well(seconds, cores, few):
    assert CoresHad(seconds, seconds * cores).were_few() is few


def test_each_look_is_at_the_time_since_the_one_before():
    cores = CoresHad(10.0, 20.0)
    assert not cores.were_few()
    cores.seconds += 1.0
    cores.processor_s += 2.0
    assert not cores.were_few()
    cores.seconds += 1.0
    cores.processor_s += 1.0
    assert cores.were_few()


def test_the_time_of_all_threads_counts_and_also_that_of_a_block_that_fails():
    def work():
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass

    cores = CoresHad()
    with pytest.raises(ZeroDivisionError), cores.counting():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        raise ZeroDivisionError
    with cores.counting():
        time.sleep(0.05)
    assert cores.processor_s >= 0.05
    assert cores.seconds >= 0.1


@pytest.mark.usefixtures("one_thread")
def test_the_server_asks_for_it(tmp_path, capsys):
    project = str(make_project(tmp_path, clips=4))
    asked = [
        prepare(parse_plan("", ["--project", project, *more])).job.shares_cores for more in ([], ["--share-cores"])
    ]
    assert asked == [False, True]
