"""saveMethod in its four meanings, validateMatrix, and the learning rate over a training."""

import pytest
from mai.train.engine.keep import Keeper
from mai.train.engine.schedule import warmup_cosine


def kept(method, accuracies, metric="val_accuracy", losses=None):
    keeper = Keeper(metric, method, len(accuracies))
    for epoch, accuracy in enumerate(accuracies, start=1):
        keeper.offer(epoch, {"val_acc": accuracy, "val_loss": losses[epoch - 1] if losses else 1.0})
    return keeper.epoch


@pytest.mark.parametrize(
    ("method", "epoch"),
    [("best", 2), ("last", 9), ("best_one_of_third", 4), ("best_one_of_half", 7)],
)
def test_the_four_save_methods(method, epoch):
    assert kept(method, [50, 99, 60, 90, 70, 60, 80, 70, 75]) == epoch


@pytest.mark.parametrize(
    ("epochs", "third", "half"), [(1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 2, 3), (6, 3, 4), (7, 3, 4), (30, 11, 16)]
)
def test_the_first_epoch_that_counts_is_after_the_third_or_the_half(epochs, third, half):
    falling = [100 - epoch for epoch in range(epochs)]
    assert kept("best_one_of_third", falling) == third
    assert kept("best_one_of_half", falling) == half


def test_equal_accuracies_are_decided_by_the_loss_and_then_by_the_earlier_epoch():
    assert kept("best", [90, 90, 90, 90], losses=[0.5, 0.3, 0.3, 0.4]) == 2


def test_val_loss_keeps_the_lowest():
    assert kept("best", [90, 80, 70], metric="val_loss", losses=[0.5, 0.2, 0.4]) == 2


def test_the_value_is_the_kept_epochs():
    keeper = Keeper("val_accuracy", "best", 3)
    for epoch, accuracy in enumerate((70.0, 90.0, 80.0), start=1):
        keeper.offer(epoch, {"val_acc": accuracy, "val_loss": 1.0})
    assert (keeper.epoch, keeper.value) == (2, 90.0)


def test_state_survives_a_restart():
    keeper = Keeper("val_accuracy", "best", 3)
    keeper.offer(1, {"val_acc": 70.0, "val_loss": 1.0})
    other = Keeper("val_accuracy", "best", 3)
    other.restore(keeper.state())
    assert not other.offer(2, {"val_acc": 60.0, "val_loss": 1.0})
    assert other.offer(3, {"val_acc": 71.0, "val_loss": 1.0})


@pytest.mark.parametrize("epochs", [1, 2, 5, 30])
def test_the_rate_warms_up_and_falls_as_a_cosine(epochs):
    rate = warmup_cosine(epochs)
    values = [rate(epochs * step / 200) for step in range(1, 201)]
    peak = values.index(max(values))
    assert min(values) > 0 and max(values) <= 1 and values[peak] > 0.99
    assert peak <= 40 + 1
    assert values[: peak + 1] == sorted(values[: peak + 1])
    assert values[peak:] == sorted(values[peak:], reverse=True)
    assert values[-1] == pytest.approx(0.01)
