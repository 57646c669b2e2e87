"""The linear head: at the minimum of its loss, wherever the solver begins."""

import pytest
import torch
import torch.nn.functional as F
from mai.train.engine.uneven import label_offsets, with_offsets
from mai.train.features import linear_head
from mai.train.features.folds import stratified_folds
from mai.train.features.linear_head import (
    PENALTIES,
    CrossValidation,
    cross_validate,
    fit_head,
    second_look,
    spread,
    unseen_logits,
)

pytestmark = pytest.mark.usefixtures("one_thread")


def clouds(counts, width, seed=0):
    """A cloud of points for each label, of so many: float32 [N, width] and labels int64 [N]."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    centres = torch.randn(len(counts), width, generator=rng) * 0.5
    return centres[labels] + torch.randn(len(labels), width, generator=rng), labels


@pytest.mark.parametrize("counts", [(30, 30), (40, 12, 5)])
@pytest.mark.parametrize("penalty", [0.03, 0.0003])
def test_the_head_is_at_the_minimum_of_its_loss(counts, penalty):
    features, labels = clouds(counts, width=20)
    head = fit_head(features, labels, len(counts), penalty)
    length = spread(features - features.mean(0))
    weight, bias = (head.weight * length).requires_grad_(), head.bias.clone().requires_grad_()
    logits = with_offsets(features @ (weight / length).T + bias, label_offsets(labels, len(counts)))
    loss = F.cross_entropy(logits, labels) + 0.5 * penalty * weight.square().sum()
    gradients = torch.autograd.grad(loss, (weight, bias))
    assert max(gradient.abs().max() for gradient in gradients) < 1e-3


def test_each_penalty_is_tried_as_if_alone_though_it_begins_at_the_one_before():
    features, labels = clouds((20, 20, 9), width=30)
    checked = cross_validate(features, labels, 3, seed=1)
    folds = stratified_folds(labels, 1)
    alone = {each: unseen_logits(features, labels, 3, folds, each).softmax(-1) for each in PENALTIES}
    assert torch.allclose(checked.probabilities, alone[checked.penalty], atol=2e-3)
    tried = linear_head._with_each_penalty(features, labels, 3, folds)
    for one, other in zip(tried, alone.values(), strict=True):
        assert torch.allclose(one, other, atol=2e-3)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_penalty_with_the_lowest_loss_is_chosen(seed):
    features, labels = clouds((20, 20), width=12, seed=seed)
    folds = stratified_folds(labels, seed)
    tried = [unseen_logits(features, labels, 2, folds, each) for each in PENALTIES]
    losses = [F.cross_entropy(logits, labels).item() for logits in tried]
    assert min(losses) < 0.9 * max(losses)
    assert cross_validate(features, labels, 2, seed).penalty == PENALTIES[losses.index(min(losses))]


def test_fewer_coordinates_give_the_same_answers(monkeypatch):
    features, labels = clouds((12, 8), width=90)
    assert linear_head._rotated(features).shape == (20, 20)
    folds = stratified_folds(labels, 1)
    turned = unseen_logits(features, labels, 2, folds, 0.01)
    monkeypatch.setattr(linear_head, "_rotated", lambda features: features)
    assert torch.allclose(turned, unseen_logits(features, labels, 2, folds, 0.01), atol=2e-3)


def test_a_near_start_saves_steps(monkeypatch):
    features, labels = clouds((40, 40), width=60)
    folds = stratified_folds(labels, 1)
    steps = []
    count = F.log_softmax
    monkeypatch.setattr(F, "log_softmax", lambda *args, **more: steps.append(1) or count(*args, **more))
    linear_head._with_each_penalty(features, labels, 2, folds)
    from_near, steps[:] = len(steps), []
    for each in PENALTIES:
        unseen_logits(features, labels, 2, folds, each)
    assert from_near < 0.9 * len(steps)


@pytest.fixture
def two_threads(one_thread):
    torch.set_num_threads(2)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize(("least", "wanted"), [(linear_head.SMALL_PROBLEM, 1), (0, 2)])
def test_a_small_problem_is_solved_by_one_thread_and_others_by_all(least, wanted, monkeypatch):
    features, labels = clouds((9, 9), width=8)
    threads, real = set(), F.log_softmax
    monkeypatch.setattr(linear_head, "SMALL_PROBLEM", least)
    monkeypatch.setattr(F, "log_softmax", lambda *a, **more: threads.add(torch.get_num_threads()) or real(*a, **more))
    fit_head(features, labels, 2, 0.01)
    assert (threads, torch.get_num_threads()) == ({wanted}, 2)


@pytest.mark.usefixtures("two_threads")
def test_whatever_is_wrong_torch_keeps_its_threads(monkeypatch):
    features, labels = clouds((9, 9), width=8)
    with pytest.raises(RuntimeError, match="smaller than num_classes"):
        fit_head(features, labels, 1, 0.01)
    assert torch.get_num_threads() == 2

    def out_of_memory(*args, **more):
        raise MemoryError

    monkeypatch.setattr(F, "log_softmax", out_of_memory)
    with pytest.raises(MemoryError):
        fit_head(features, labels, 2, 0.01)
    assert torch.get_num_threads() == 2


def test_one_label_alone_is_always_right():
    """As when one of two labels is left out to see what the network makes of the unknown."""
    features, labels = clouds((12,), width=8)
    assert torch.equal(fit_head(features, labels, 1, 0.01).probabilities(features), torch.ones(12, 1))
    outputs = unseen_logits(features, labels, 1, stratified_folds(labels, 1), 0.01)
    assert torch.equal(outputs.softmax(-1), torch.ones(12, 1))


def test_more_samples_than_the_penalty_is_chosen_by_are_answered_too(monkeypatch):
    features, labels = clouds((30, 30), width=8)
    monkeypatch.setattr(linear_head, "CHOICE_SAMPLES", 20)
    checked = cross_validate(features, labels, 2, seed=1)
    alone = unseen_logits(features, labels, 2, stratified_folds(labels, 1), checked.penalty).softmax(-1)
    assert torch.equal(checked.probabilities, alone)


def test_a_label_of_few_samples_counts_as_much_as_one_of_many():
    features, labels = clouds((40, 4), width=8)
    checked = cross_validate(features, labels, 2, seed=1)
    right = (checked.probabilities.argmax(1) == labels).float()
    assert checked.accuracy == pytest.approx(50 * (right[labels == 0].mean() + right[labels == 1].mean()).item())
    assert checked.accuracy != pytest.approx(100 * right.mean().item())


def test_the_second_look_learns_only_from_what_the_first_agreed_with():
    features, labels = clouds((30, 30), width=40)
    flipped = labels.clone()
    flipped[[0, 31]] = 1 - flipped[[0, 31]]
    first = cross_validate(features * 4, flipped, 2, seed=1)
    trusted = first.probabilities.argmax(1) == flipped
    assert 0 < (~trusted).sum() < 20
    looked = second_look(features * 4, flipped, 2, first, seed=1)
    elsewhere = (features * 4).clone()
    elsewhere[~trusted] *= -1
    again = second_look(elsewhere, flipped, 2, first, seed=1)
    assert not torch.allclose(looked, first.probabilities)
    assert (looked[trusted] - again[trusted]).abs().max() < 0.1


def test_where_a_label_would_have_nothing_to_learn_from_the_first_look_counts():
    features, labels = clouds((12, 12), width=8)
    wrong = torch.nn.functional.one_hot(torch.zeros(24, dtype=torch.int64), 2).float()
    first = CrossValidation(0.01, wrong, 50.0, 5)
    assert second_look(features, labels, 2, first, seed=1) is wrong
