"""When it is said that more training no longer helps: after the warm-up, by accuracy and loss, if the data can tell."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from mai.data.groups import Groups
from mai.models.registry import build_model
from mai.train.classification import prepare
from mai.train.classification.decisions import Decisions
from mai.train.classification.photos import read_photos
from mai.train.classification.plateau import plateau_notice
from mai.train.engine.precision import Precision
from photo_project import events_of, make_project, plan_of


def said(capsys, accuracies, losses=None, warmup=1.0, checked=40, independent=40.0, max_epoch=None):
    """(code, epoch) of every notice of a training with these validations."""
    after = plateau_notice(max_epoch or len(accuracies) + 1, warmup, checked, independent)
    for epoch, accuracy in enumerate(accuracies, start=1):
        after(epoch, {"val_acc": accuracy, "val_loss": losses[epoch - 1] if losses else 1.0})
    return [(event["code"], event["epoch"]) for event in events_of(capsys.readouterr().out)]


def test_it_is_said_once_after_a_quarter_of_the_epochs_without_a_gain(capsys):
    assert said(capsys, [70.0] * 30, max_epoch=40) == [("training_plateau", 12)]
    assert said(capsys, [70.0] * 15, max_epoch=16) == [("training_plateau", 7)]


def test_a_better_accuracy_or_a_lower_smoothed_loss_is_a_gain(capsys):
    assert said(capsys, [50 + epoch for epoch in range(20)], max_epoch=21) == []
    assert said(capsys, [70.0] * 20, [2.0 * 0.95**epoch for epoch in range(20)], max_epoch=21) == []


def test_small_gains_add_up(capsys):
    assert said(capsys, [70 + 0.2 * epoch for epoch in range(20)], max_epoch=21) == []
    assert said(capsys, [70.0] * 20, [0.99**epoch for epoch in range(20)], max_epoch=21) == []


def test_one_lucky_low_loss_is_none(capsys):
    losses = [1.0] * 20
    losses[5] = 0.96
    assert said(capsys, [70.0] * 20, losses, max_epoch=21) == [("training_plateau", 8)]


def test_epochs_of_the_warm_up_are_not_compared_with(capsys):
    """Epoch 1 was good by chance: what comes after the warm-up gains on itself."""
    accuracies = [90.0, 90.0, 90.0] + [60.0 + 2 * epoch for epoch in range(12)]
    assert said(capsys, accuracies, warmup=3.0, max_epoch=20) == []
    assert said(capsys, [70.0] * 10, warmup=3.0, max_epoch=20) == [("training_plateau", 9)]


def test_few_samples_cannot_carry_it(capsys):
    assert said(capsys, [70.0] * 20, checked=30, independent=19.9) == []


def test_where_all_are_right_another_sentence_is_said(capsys):
    assert said(capsys, [90.0, 100.0] + [100.0] * 17, checked=5, independent=5.0) == [("training_all_right", 7)]
    falling = [0.9**epoch for epoch in range(19)]  # surer answers are no gain where all of them are right
    assert said(capsys, [90.0] + [100.0] * 18, falling) == [("training_all_right", 7)]
    assert said(capsys, [90.0, 100.0] + [95.0] * 17) == [("training_plateau", 7)]


def test_in_the_last_epoch_it_is_too_late(capsys):
    assert said(capsys, [70.0] * 7, max_epoch=7) == []
    assert said(capsys, [70.0] * 7, max_epoch=8) == [("training_plateau", 7)]


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_short_trainings_are_silent(capsys, epochs):
    assert said(capsys, [50.0] * epochs, max_epoch=epochs) == []


@pytest.mark.parametrize(("frames", "independent"), [(1, 4), (2, 2)])
def test_frames_of_one_scene_carry_it_like_one_photo(tmp_path, monkeypatch, frames, independent):
    root = make_project(tmp_path, per_label=10, modelType="mobilenet-10")
    plan = plan_of(root)
    photos = read_photos(plan)
    split = photos.split
    scenes = np.arange(len(photos.names))
    scenes[list(split.validation)] = [split.validation[at // frames * frames] for at in range(len(split.validation))]
    asked = []
    monkeypatch.setattr(prepare, "plateau_notice", lambda *facts: asked.append(facts) or print)
    model = build_model("IMAGE_CLASSIFICATION", "mobilenet-10", 2)
    beginning = prepare.Beginning(model, Decisions("mobilenet-10", "mobilenet-10", "random", (True, True), {}), {})
    photos = replace(photos, groups=Groups(scenes, scenes))
    prepare.job_of(plan, photos, beginning, Precision(torch.device("cpu"), None))
    assert len(split.validation) == 4 and asked[0][3] == pytest.approx(independent)
