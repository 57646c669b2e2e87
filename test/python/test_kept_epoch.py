"""The weights of the epoch that a training keeps."""

import pytest
import torch
from loop_job import make_job
from mai.models.tensor_file import read_tensors
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from mai.train.engine.packing import unpack

pytestmark = pytest.mark.usefixtures("one_thread")


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
