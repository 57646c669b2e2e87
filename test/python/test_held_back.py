"""What is reported for the kept epoch: each sample's answer by an epoch that was chosen without it."""

import pytest
import torch
from loop_job import make_job
from mai.train.engine import resume
from mai.train.engine.held_back import PARTS, HeldBackAnswers
from mai.train.engine.keep import Keeper
from mai.train.engine.packing import pack, unpack
from mai.train.engine.training import State


def trained(answers, labels, method="best", metric="val_accuracy", losses=None, groups=None, first=1):
    """`answers` int64 [epochs, N] → the record, and the keeper that saw all of it."""
    record, keeper = HeldBackAnswers(labels, groups), Keeper(metric, method, len(answers))
    for epoch, row in enumerate(answers, start=first):
        lost = torch.ones(len(labels)) if losses is None else losses[epoch - first]
        record.add(epoch, row, lost)
        right = (row == labels).float().mean().item() * 100
        keeper.offer(epoch, {"val_acc": round(right, 5), "val_loss": round(lost.mean().item(), 5)})
    return record, keeper, answers[keeper.epoch - first]


def test_with_answers_at_random_the_best_epoch_looks_good_and_what_is_reported_does_not():
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(24) % 2
    best, reported = [], []
    for _ in range(200):
        record, keeper, kept = trained(torch.randint(0, 2, (30, 24), generator=rng), labels)
        best.append(keeper.value)
        reported.append(100 * (record.unseen(keeper, kept) == labels).float().mean().item())
    error = torch.tensor(reported).std().item() / 200**0.5
    assert sum(best) / 200 > 68 and abs(sum(reported) / 200 - 50) < 2 + 2 * error


def test_an_epoch_that_is_far_better_is_reported_as_it_is():
    labels = torch.arange(20) % 2
    answers = (1 - labels).repeat(5, 1)
    answers[3] = labels.clone()
    answers[3, 7] = 1 - labels[7]
    record, keeper, kept = trained(answers, labels)
    assert torch.equal(record.unseen(keeper, kept), answers[3])


@pytest.mark.parametrize(
    ("method", "among"), [("last", {9}), ("best_one_of_half", set(range(5, 10))), ("best", set(range(10)))]
)
def test_only_epochs_that_save_method_lets_in_are_asked(method, among):
    labels = torch.zeros(40, dtype=torch.int64)
    answers = torch.arange(10)[:, None].repeat(1, 40)  # each epoch answers with its own number
    answers[:, ::2] = torch.randint(0, 2, (10, 20), generator=torch.Generator().manual_seed(1)) * answers[:, ::2]
    record, keeper, kept = trained(answers, labels, method)
    used = set(record.unseen(keeper, kept)[1::2].tolist())
    assert used <= among and (method != "last" or used == {9})


def test_the_choice_goes_by_the_loss_where_validate_matrix_says_so():
    labels = torch.zeros(30, dtype=torch.int64)
    answers = torch.tensor([[0] * 30, [1] * 30])
    record, keeper, kept = trained(answers, labels, metric="val_loss", losses=torch.tensor([[2.0] * 30, [1.0] * 30]))
    assert record.unseen(keeper, kept).tolist() == [1] * 30


def test_every_label_is_spread_over_the_parts_and_groups_stay_whole():
    labels = torch.arange(60) // 30
    parts = HeldBackAnswers(labels).parts
    assert parts.bincount().tolist() == [6] * PARTS and parts[:30].bincount().tolist() == [3] * PARTS
    groups = [row // 3 for row in range(60)]
    parts = HeldBackAnswers(labels, groups).parts
    assert all(len(set(parts[at : at + 3].tolist())) == 1 for at in range(0, 60, 3)) and len(parts.unique()) == PARTS
    later = HeldBackAnswers(labels)
    later.keep_together(groups)
    assert torch.equal(later.parts, parts)


@pytest.mark.parametrize("there", [[2, 3], [1, 3], []])
def test_of_a_training_that_an_older_version_began_the_kept_answers_are_reported(there):
    labels = torch.zeros(4, dtype=torch.int64)
    record, keeper = HeldBackAnswers(labels), Keeper("val_accuracy", "best", 3)
    for epoch in there:
        record.add(epoch, labels, torch.ones(4))
    keeper.epoch = 3
    kept = torch.tensor([1, 0, 1, 0])
    assert torch.equal(record.unseen(keeper, kept), kept)


def test_one_sample_held_back_is_answered_by_the_kept_epoch():
    record, keeper, kept = trained(torch.tensor([[1], [0]]), torch.tensor([0]))
    assert record.unseen(keeper, kept).tolist() == [0]


def test_a_resumed_training_has_the_answers_of_the_epochs_before(tmp_path):
    job = make_job(tmp_path)
    answers = torch.tensor([[0, 1, 1], [1, 1, 0]])
    job.held_back = HeldBackAnswers(torch.tensor([0, 1, 1]))
    for epoch in (0, 1):
        job.held_back.add(epoch, answers[epoch], torch.tensor([0.5, 0.25, 2.0]))
    state = State(1, 8)
    with resume.writing(job, state, {"train_loss": 1.0}):
        pass
    again = make_job(tmp_path)
    again.held_back = HeldBackAnswers(torch.tensor([0, 1, 1]))
    assert resume.restore(again) is not None
    assert str(again.held_back.state()) == str(job.held_back.state())
    assert str(unpack(pack(job.held_back.state()))) == str(job.held_back.state())
