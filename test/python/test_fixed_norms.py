"""Batch norms: which keep their ImageNet statistics while training, and which follow fast."""

import pytest
import torch
from mai.models.registry import build_model
from mai.models.weights import SUBSTITUTE
from mai.train.classification import recipe
from mai.train.classification.decisions import Decisions
from mai.train.classification.photos import read_photos
from mai.train.classification.prepare import Beginning
from mai.train.classification.prepare import job_of as job_of_network
from mai.train.engine.precision import Precision
from photo_project import make_project, plan_of
from torch import nn

pytestmark = pytest.mark.usefixtures("one_thread")


def job_of(folder, name, weights):
    """The training of a network as classification makes it, and its network."""
    root = make_project(folder, per_label=4, modelType=name)
    plan = plan_of(root)
    model = build_model("IMAGE_CLASSIFICATION", name, 2)
    beginning = Beginning(model, Decisions(name, name, weights, (True, True), {}), {})
    job, _ = job_of_network(plan, read_photos(plan), beginning, Precision(torch.device("cpu"), None))
    return job, model


def statistics(model):
    return torch.cat([module.running_mean for module in model.modules() if isinstance(module, nn.BatchNorm2d)])


@pytest.mark.parametrize(("name", "weights", "moves"), [
    (SUBSTITUTE, "imagenet", False), ("mobilenet-10", "random", True),
])  # fmt: skip
def test_only_the_substitute_keeps_its_statistics_while_it_learns(tmp_path, name, weights, moves):
    job, model = job_of(tmp_path, name, weights)
    before = statistics(model).clone()
    job.set_train_mode(model)
    model(torch.randn(4, 3, 64, 64))
    assert torch.equal(statistics(model), before) != moves
    dropouts = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    assert all(module.training for module in dropouts) and model.training


@pytest.mark.parametrize(("weights", "momentum"), [
    ("random", recipe.FROM_NOTHING_NORM_MOMENTUM), ("imagenet", 0.1),
])  # fmt: skip
def test_norms_of_a_network_that_starts_from_nothing_follow_faster(tmp_path, weights, momentum):
    _, model = job_of(tmp_path, "mobilenet-10", weights)
    found = {module.momentum for module in model.modules() if isinstance(module, nn.BatchNorm2d)}
    assert found == {momentum}
