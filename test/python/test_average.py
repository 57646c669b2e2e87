"""The moving average of the weights: which way it moves, how fast at first, and that it is what counts."""

import pytest
import torch
from loop_job import SAMPLES, make_job
from mai.train.engine import average
from mai.train.engine.loop import train
from torch import nn


def test_a_step_moves_the_average_a_little_towards_the_network():
    model = nn.BatchNorm1d(2)
    follows = average.MovingAverage(model)
    with torch.no_grad():
        model.weight.fill_(11.0)  # from 1
        model.running_mean.fill_(-10.0)  # from 0
        model.num_batches_tracked.fill_(7)
    follows.update(0.9)
    assert follows.network.weight.tolist() == pytest.approx([2.0, 2.0])
    assert follows.network.running_mean.tolist() == pytest.approx([-1.0, -1.0])
    assert int(follows.network.num_batches_tracked) == 7 and model.weight.tolist() == [11.0, 11.0]


@pytest.mark.parametrize(("steps", "decay"), [(0, 0.1), (1, 2 / 11), (8, 0.5), (90, 0.91), (440, 0.98), (10_000, 0.98)])
def test_the_memory_is_short_at_first_and_never_longer_than_asked(steps, decay):
    assert average.ramp(0.98, steps) == pytest.approx(decay)


def test_the_loop_counts_the_steps_of_all_epochs(tmp_path, monkeypatch):
    steps = []
    real = average.ramp

    def ramp(decay, step):
        steps.append(step)
        return real(decay, step)

    monkeypatch.setattr(average, "ramp", ramp)
    train(make_job(tmp_path, epochs=3, ema_decay=0.9))
    assert steps == list(range(1, 3 * SAMPLES // 8 + 1))


def test_the_average_is_validated_and_kept_and_not_the_last_step(tmp_path):
    seen = []

    def validate(network, batch_size):
        seen.append({key: value.clone() for key, value in network.state_dict().items()})
        trained.append({key: value.clone() for key, value in job.model.state_dict().items()})
        return {"val_loss": 1.0, "val_acc": 50.0}

    trained = []
    job = make_job(tmp_path, epochs=2, ema_decay=0.9, validate=validate)
    train(job)
    assert all(torch.equal(value, seen[-1][key]) for key, value in job.model.state_dict().items())
    assert not torch.equal(seen[-1]["0.weight"], trained[-1]["0.weight"])
