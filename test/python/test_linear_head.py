"""The linear head: at the minimum of its loss, wherever the solver begins."""

import pytest
import torch
import torch.nn.functional as F
from mai.train.engine.uneven import label_offsets, with_offsets
from mai.train.features import linear_head
from mai.train.features.folds import stratified_folds
from mai.train.features.linear_head import PENALTIES, cross_validate, fit_head, spread, unseen_logits

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
