"""The model that a training leaves for the time of others' turns."""

from __future__ import annotations

from dataclasses import asdict
from types import MappingProxyType

import pytest
import torch
from loop_job import make_job
from mai.models.registry import build_model, load_model
from mai.train.plan.plan import plan_for
from mai.train.results.so_far import saves_so_far
from photo_project import make_project

pytestmark = pytest.mark.usefixtures("one_thread")


def saved_so_far(folder, least, metrics=MappingProxyType({"val_acc": 75.0, "epoch": 2})):
    """What is saved of a network that has been trained further since its best epoch: its file, and the best weights."""
    plan = plan_for(make_project(folder / "p", per_label=1))
    arch = {"dropout": 0.5}
    model, best = (build_model("IMAGE_CLASSIFICATION", "mobilenet-10", 2, **arch) for _ in range(2))
    split = {"train": ["a", "b"], "validation": ["c"]}
    job = make_job(folder / "job", model=model)
    save = saves_so_far(plan.instant, plan.project, job, name="mobilenet-10", arch=arch, split=split, least=least)
    save(best.state_dict(), metrics)
    return plan, plan.instant / "model.pth", best


@pytest.mark.parametrize(("least", "is_saved"), [(60.0, True), (75.0, False), (None, True), (0.0, True)])
def test_a_quick_first_model_that_is_as_good_stays(least, is_saved, tmp_path):
    _, file, _ = saved_so_far(tmp_path, least)
    assert file.exists() is is_saved


def test_a_model_that_learns_nothing_does_not_take_the_place_of_a_quick_one_that_does_not_either(tmp_path):
    _, file, _ = saved_so_far(tmp_path, 0.0, {"val_acc": 0.0})
    assert not file.exists()


def test_the_model_so_far_answers_with_the_best_weights_and_says_what_it_is(tmp_path):
    plan, file, best = saved_so_far(tmp_path, 60.0)
    saved = load_model(file)
    assert all(torch.equal(value, best.state_dict()[key]) for key, value in saved.module.state_dict().items())
    assert (saved.project_type, saved.name, saved.arch) == ("IMAGE_CLASSIFICATION", "mobilenet-10", {"dropout": 0.5})
    assert saved.labels == ("blue", "red") and saved.split == {"train": ["a", "b"], "validation": ["c"]}
    assert saved.train_config == asdict(plan.project.train) and saved.metrics == {"val_acc": 75.0, "epoch": 2}
