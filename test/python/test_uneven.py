"""Few samples of one label beside many of another: the head, the losses, the percentages and the notice."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from mai.train.classification import recipe as classification_recipe
from mai.train.classification.first_answer import ask_head, validate_head
from mai.train.engine import uneven
from mai.train.engine.held_back import HeldBackAnswers
from mai.train.engine.uneven import label_offsets, notify_uneven, with_offsets
from mai.train.features.linear_head import LinearHead, cross_validate, fit_head
from mai.train.voice import recipe as voice_recipe
from photo_project import events_of

FIFTY_TO_FOUR = torch.tensor([0] * 50 + [1] * 4)


def test_even_labels_have_no_offsets_and_their_logits_stay_the_same_to_the_bit():
    assert label_offsets(torch.arange(60) % 3, 3) is None
    logits = torch.randn(4, 3)
    assert with_offsets(logits, None) is logits


def test_offsets_go_with_the_logarithm_of_the_shares():
    found = label_offsets(FIFTY_TO_FOUR, 2)
    assert found.tolist() == pytest.approx([uneven.STRENGTH * torch.tensor(x).log().item() for x in (50 / 54, 4 / 54)])


def clouds(large, small, seed=0):
    """Two clouds that lie over each other in part: float [N, 6], int64 [N]."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.tensor([0] * large + [1] * small)
    return torch.randn(large + small, 6, generator=rng) + 1.2 * labels[:, None] * torch.eye(6)[0], labels


def test_the_head_knows_the_small_label(monkeypatch):
    features, labels = clouds(150, 6)
    fresh, truth = clouds(2000, 2000, seed=1)

    def right():
        answers = fit_head(features, labels, 2, 0.003).probabilities(fresh).argmax(1)
        return [(answers[truth == label] == label).float().mean().item() for label in (0, 1)]

    with_them = right()
    monkeypatch.setattr(uneven, "STRENGTH", 0.0)
    without = right()
    assert without[1] < 0.3 and with_them[1] > without[1] + 0.2 and with_them[0] > 0.8


def test_cross_validation_counts_every_label_the_same():
    features, labels = clouds(60, 6)
    checked = cross_validate(features, labels, 2, seed=0)
    right = checked.probabilities.argmax(1) == labels
    shares = [right[labels == label].float().mean().item() for label in (0, 1)]
    assert checked.accuracy == pytest.approx(50 * sum(shares), abs=1e-3)
    assert checked.accuracy != pytest.approx(100 * right.float().mean().item(), abs=0.5)


def test_validation_counts_every_label_the_same():
    always_first = LinearHead(torch.zeros(2, 3), torch.tensor([3.0, 0.0]))
    labels = torch.tensor([0] * 30 + [1])
    answers, losses = ask_head(always_first, torch.zeros(31, 3), labels)
    assert validate_head(answers, losses, labels)["val_acc"] == 50

    class Clips:
        device = torch.device("cpu")

        def in_order(self, batch_size):
            yield torch.zeros(31, 3), labels

    def model(inputs):
        return torch.tensor([[3.0, 0.0]]).expand(len(inputs), 2)

    record = HeldBackAnswers(labels)
    for epoch, found in enumerate((
        classification_recipe.validate(model, Clips(), partial(record.add, 0)),
        voice_recipe.validate(model, Clips(), 8, partial(record.add, 1)),
    )):  # fmt: skip
        assert record.state()["epochs"][epoch] == epoch and record.state()["answers"][epoch].tolist() == [0] * 31
        assert found["val_acc"] == 50 and found["val_loss"] > 1  # the mean over all photos is 0.14


@pytest.mark.parametrize(
    ("losses", "plain"),
    [
        (classification_recipe.classification_losses, F.cross_entropy),
        (voice_recipe.voice_losses, lambda logits, labels: F.cross_entropy(logits, labels, label_smoothing=0.1)),
    ],
)
def test_both_losses_learn_with_the_offsets(losses, plain):
    batch = torch.randn(8, 2), torch.tensor([0] * 7 + [1])
    offsets = torch.tensor([-0.1, -2.0])
    assert losses(torch.nn.Identity(), batch, offsets)["train_loss"] == plain(batch[0] + offsets, batch[1])
    assert losses(torch.nn.Identity(), batch, None)["train_loss"] == plain(*batch)


@pytest.mark.parametrize(("counts", "few"), [((40, 10), "b (10)"), ((40, 11), None), ((150, 6, 0, 9), "b (6), d (9)")])
def test_from_one_to_four_on_it_is_reported(capsys, counts, few):
    notify_uneven([label for label, count in enumerate(counts) for _ in range(count)], "abcd"[: len(counts)])
    sent = events_of(capsys.readouterr().out)
    assert [(event["code"], event["few"], event["label"], event["most"]) for event in sent] == (
        [("labels_uneven", few, "a", counts[0])] if few else []
    )
