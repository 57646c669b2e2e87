"""A regularised linear classifier on frozen features, its strength chosen by cross-validation.

Multinomial logistic regression with an L2 penalty, fitted by L-BFGS; the folds of a
cross-validation are fitted side by side as one batched problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mai.quality.accuracy import label_mean
from mai.train.engine.uneven import label_offsets, with_offsets
from mai.train.features.folds import stratified_folds

PENALTIES = (0.03, 0.01, 0.003, 0.001, 0.0003)
CHOICE_SAMPLES = 2000  # more do not change the choice of the penalty, only its time
ITERATIONS = 40
NO_CHANGE = 1e-7  # of the loss, which is about 1: in float32 there is nothing smaller
SMALL_PROBLEM = 20_000_000  # multiplications a step: below it threads cost more than they gain


@dataclass(frozen=True)
class LinearHead:
    """Logits = features @ weight.T + bias; weight float32 [classes, features], as in nn.Linear."""

    weight: Tensor
    bias: Tensor

    def logits(self, features: Tensor) -> Tensor:
        return features @ self.weight.T + self.bias

    def probabilities(self, features: Tensor) -> Tensor:
        return self.logits(features).softmax(-1)


@dataclass(frozen=True)
class CrossValidation:
    """`probabilities` float32 [N, classes] of every sample by a head that had not seen it, one head for each fold."""

    penalty: float
    probabilities: Tensor
    accuracy: float  # percent; every label counts the same
    folds: int


def cross_validate(
    features: Tensor, labels: Tensor, classes: int, seed: int, groups: Tensor | None = None
) -> CrossValidation:
    """Choose the penalty with the lowest out-of-fold log loss, and answer for every sample unseen.

    At least two groups of every class are needed (int64 [N]; without `groups`, two samples).
    """
    folds = stratified_folds(labels, seed, groups)
    features = _rotated(features)
    some = _subset(len(labels), seed)
    tried = _with_each_penalty(features[some], labels[some], classes, folds[some])
    losses = [
        label_mean(F.nll_loss(each.clamp_min(1e-9).log(), labels[some], reduction="none"), labels[some])
        for each in tried
    ]
    best = losses.index(min(losses))
    penalty, held_out = PENALTIES[best], tried[best]
    if len(some) < len(labels):
        held_out = _out_of_fold(features, labels, classes, folds, penalty).softmax(-1)
    accuracy = label_mean((held_out.argmax(1) == labels).float(), labels) * 100
    return CrossValidation(penalty, held_out, accuracy, int(folds.max()) + 1)


def second_look(
    features: Tensor, labels: Tensor, classes: int, first: CrossValidation, seed: int, groups: Tensor | None = None
) -> Tensor:
    """Out-of-fold probabilities again, by heads that learn only from samples the first round agreed with.

    Wrong labels pull the first heads towards themselves. With 13 of 120 and of 247 labels
    flipped, four times each, 12.3 instead of 11.4 were found, and nothing else.
    """
    folds = stratified_folds(labels, seed, groups)
    trusted = first.probabilities.argmax(1) == labels
    for fold in folds.unique():
        if len(labels[trusted & (folds != fold)].unique()) < classes:
            return first.probabilities  # too few are left to learn from
    return _out_of_fold(_rotated(features), labels, classes, folds, first.penalty, trusted).softmax(-1)


def fit_head(features: Tensor, labels: Tensor, classes: int, penalty: float) -> LinearHead:
    """features float32 [N, D], labels int64 [N] → the head for raw features (scaling folded in)."""
    centre = features.mean(0)
    centred = features - centre
    length = spread(centred)
    weight, bias = _fit(centred / length, labels, classes, penalty, torch.ones(1, len(labels)))
    scaled = weight[0].T / length
    return LinearHead(scaled, bias[0, 0] - scaled @ centre)


def answer_unseen(
    features: Tensor, views: Tensor, labels: Tensor, classes: int, folds: Tensor, penalty: float
) -> tuple[Tensor, Tensor]:
    """Log-probabilities float32 [N, classes] of samples, and of other `views` of them (both float32 [N, D]).

    Each is answered by the head of its fold, which was fitted without the sample.
    """
    centre = features.mean(0)
    length = spread(features - centre)
    scaled = (features - centre) / length
    weight, bias = _fit(scaled, labels, classes, penalty, _masks(folds))
    asked = scaled, (views - centre) / length
    plain, other = (_by_fold(each, weight, bias, folds).log_softmax(-1) for each in asked)
    return plain, other


def unseen_logits(features: Tensor, labels: Tensor, classes: int, folds: Tensor, penalty: float) -> Tensor:
    """float32 [N, classes]: each sample's by the head of its fold, which was fitted without it."""
    return _out_of_fold(_rotated(features), labels, classes, folds, penalty)


def _with_each_penalty(features: Tensor, labels: Tensor, classes: int, folds: Tensor) -> list[Tensor]:
    """Out-of-fold probabilities for PENALTIES. Each fit starts where the one before it, with a near penalty, ended."""
    scaled, masks = _scaled(features), _masks(folds)
    tried, fitted = [], None
    for penalty in PENALTIES:
        fitted = _fit(scaled, labels, classes, penalty, masks, start=fitted)
        tried.append(_by_fold(scaled, *fitted, folds).softmax(-1))
    return tried


def _out_of_fold(
    features: Tensor, labels: Tensor, classes: int, folds: Tensor, penalty: float, trusted: Tensor | None = None
) -> Tensor:
    """Logits. `trusted` bool [N]: the samples that may be learnt from; without it all."""
    scaled = _scaled(features)
    return _by_fold(scaled, *_fit(scaled, labels, classes, penalty, _masks(folds, trusted)), folds)


def _scaled(features: Tensor) -> Tensor:
    centred = features - features.mean(0)
    return centred / spread(centred)


def _masks(folds: Tensor, trusted: Tensor | None = None) -> Tensor:
    """float32 [folds, N]: 1 for the samples that the head of a fold learns from."""
    learn = torch.ones_like(folds, dtype=torch.bool) if trusted is None else trusted
    return torch.stack([(learn & (folds != fold)).float() for fold in range(int(folds.max()) + 1)])


def _by_fold(scaled: Tensor, weight: Tensor, bias: Tensor, folds: Tensor) -> Tensor:
    """Logits float32 [N, classes] of each sample by the head of its fold."""
    answers = [scaled @ w + b for w, b in zip(weight, bias, strict=True)]
    return torch.stack(answers)[folds, torch.arange(len(folds))]


def _fit(
    scaled: Tensor,
    labels: Tensor,
    classes: int,
    penalty: float,
    masks: Tensor,
    start: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """One head per row of `masks` (float [folds, N], 1: used): weight [folds, D, classes], bias [folds, 1, classes].

    Frequent labels are not preferred: mai.train.engine.uneven. `start`: heads to begin with, instead of zeros.
    """
    folds, count = masks.shape
    offsets = label_offsets(labels, classes)
    # All folds side by side in the columns: one matrix product for all of them.
    weight, bias = torch.zeros(scaled.shape[1], folds, classes), torch.zeros(folds, classes)
    if start is not None:
        weight.copy_(start[0].transpose(0, 1))
        bias.copy_(start[1].squeeze(1))
    weight, bias = weight.view(-1, folds * classes), bias.view(-1)
    solver = torch.optim.LBFGS(
        [weight, bias], max_iter=ITERATIONS, tolerance_change=NO_CHANGE, line_search_fn="strong_wolfe"
    )
    # How much each sample counts in each fold, [N, folds, 1]; in `wanted`, [N, folds, classes], under its label.
    shares = (masks / masks.sum(1, keepdim=True)).T.unsqueeze(2)
    wanted = F.one_hot(labels, classes).unsqueeze(1) * shares

    @torch.no_grad()
    def objective() -> Tensor:
        """The loss; its gradient is written out, since autograd takes as long again for a problem so small."""
        logits = torch.addmm(bias, scaled, weight).view(count, folds, classes)
        log_p = F.log_softmax(with_offsets(logits, offsets), dim=-1)
        errors = (log_p.exp() * shares - wanted).view(count, -1)
        weight.grad = torch.addmm(weight, scaled.T, errors, beta=penalty)
        bias.grad = errors.sum(0)
        return 0.5 * penalty * weight.square().sum() - (log_p * wanted).sum()

    with _one_thread_if(folds * scaled.numel() * classes < SMALL_PROBLEM):
        solver.step(objective)
    return weight.view(-1, folds, classes).transpose(0, 1), bias.view(folds, 1, classes)


@contextmanager
def _one_thread_if(small: bool) -> Iterator[None]:
    """For a small problem torch takes one thread, and as many as before when this ends."""
    threads = torch.get_num_threads()
    if small:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def spread(centred: Tensor) -> Tensor:
    """Mean length of the centred features: one number, so that the penalties mean the same for every project."""
    return centred.norm(dim=1).mean().clamp_min(1e-6)


def _rotated(features: Tensor) -> Tensor:
    """The same points in as few coordinates as there are samples: lengths, angles and so all heads stay the same.

    A penalty on the length of the weights does not care for directions in which no sample lies.
    """
    count, width = features.shape
    if 2 * count > width:
        return features  # not worth its time
    return torch.linalg.qr(features.T)[1].T.contiguous()


def _subset(count: int, seed: int) -> Tensor:
    if count <= CHOICE_SAMPLES:
        return torch.arange(count)
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))[:CHOICE_SAMPLES]
