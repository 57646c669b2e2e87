"""The pretrained detector is tried where the network that was asked for finds too little, and kept if it is better."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from detection_project import squares_project
from mai import events
from mai.errors import MaiError
from mai.models.registry import build_model, load_model
from mai.models.weights import PRETRAINED_DETECTOR, bundled_start, bundled_state, load_start
from mai.train.detection import pretrained, recipe
from mai.train.detection.prepare import Prepared
from mai.train.detection.train import train_detection
from mai.train.engine.precision import precision_of
from mai.train.engine.training import Outcome
from mai.train.plan.plan import plan_for

SLIM = "slim_yolo_v2"


@pytest.fixture
def sent(monkeypatch):
    emitted = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: emitted.append({"event": event, **fields}))
    return emitted


def codes(sent):
    return [event["code"] for event in sent if event["event"] == "notice"]


def decide(monkeypatch, found, found_now=100.0, epochs=60, name=SLIM, missing="substitute", **more):
    """(what is kept, its outcome): the first one has an mAP of `found`, the other of `found_now`."""
    gave_up, error, resumed = more.get("gave_up", False), more.get("error"), more.get("resumed")
    job = SimpleNamespace(max_epoch=epochs, gives_up=lambda _: gave_up)
    first, other = (Prepared(job, each, "random", {}, *[None] * 5) for each in (name, PRETRAINED_DETECTOR))
    monkeypatch.setattr(pretrained, "prepare_pretrained", lambda *_: other)
    monkeypatch.setattr(pretrained, "mean_precision", lambda one: found if one is first else found_now)
    again = Outcome(2, 1.0, [{"epoch": 1}, {"epoch": 2}], 8, 5.0)
    monkeypatch.setattr(pretrained, "train", lambda *_, **__: again if error is None else fail(error))
    outcome = Outcome(3, 0.5, [{"epoch": epoch} for epoch in (1, 2, 3)], 16, 10.0)
    project = SimpleNamespace(train=SimpleNamespace(epochs=epochs))
    checkpoints = Path("none") if resumed is None else resumed
    plan = SimpleNamespace(
        missing_weights=missing, resume=resumed is not None, project=project, checkpoints=checkpoints
    )
    kept, after = pretrained.better_network(plan, first, outcome)
    return kept, after


def fail(error):
    raise error


def test_the_better_network_is_kept_and_its_epochs_count_on(sent, monkeypatch):
    kept, after = decide(monkeypatch, 49.0, 49.0 + recipe.CLEARLY_BETTER)
    assert (kept.name, after.epoch, after.value, after.seconds) == (PRETRAINED_DETECTOR, 5, 1.0, 15.0)
    assert [point["epoch"] for point in after.curves] == [1, 2, 3, 4, 5]
    assert codes(sent) == ["detector_tries_pretrained", "detector_pretrained"]
    assert [(each.model, each.epochs, each.mAP) for each in kept.tried] == [
        (SLIM, 3, 49.0), (PRETRAINED_DETECTOR, 60, 49.0 + recipe.CLEARLY_BETTER)
    ]  # fmt: skip


def test_the_network_asked_for_is_kept_unless_the_other_is_clearly_better(sent, monkeypatch):
    kept, after = decide(monkeypatch, 80.0, 80.0 + recipe.CLEARLY_BETTER - 0.1)
    assert (kept.name, after.epoch, after.value, after.seconds) == (SLIM, 3, 0.5, 15.0)
    assert len(after.curves) == 5 and codes(sent) == ["detector_tries_pretrained", "detector_kept"]


@pytest.mark.parametrize("why", [
    {"found": recipe.GOOD_ENOUGH}, {"found": 0.0, "epochs": recipe.FEWEST_EPOCHS - 1},
    {"found": 0.0, "name": PRETRAINED_DETECTOR}, {"found": 0.0, "missing": "random"},
])  # fmt: skip
def test_nothing_else_is_tried(sent, monkeypatch, why):
    kept, after = decide(monkeypatch, **why)
    assert (kept.name, kept.tried, len(after.curves), codes(sent)) == (why.get("name", SLIM), (), 3, [])


@pytest.mark.parametrize("error", [MaiError("out_of_memory"), MaiError("disk_full")])
def test_a_second_network_that_fails_costs_nothing(sent, monkeypatch, error):
    kept, after = decide(monkeypatch, 49.0, error=error)
    assert (kept.name, after.epoch, len(after.curves)) == (SLIM, 3, 3)
    assert codes(sent) == ["detector_tries_pretrained", "detector_pretrained_failed"]
    assert sent[-1]["reason"] == error.msg


def test_what_was_said_is_not_said_again_after_a_kill(sent, monkeypatch, tmp_path):
    decide(monkeypatch, 49.0, resumed=tmp_path)
    assert "detector_tries_pretrained" in codes(sent)
    sent.clear()
    (tmp_path / PRETRAINED_DETECTOR).mkdir()
    (tmp_path / PRETRAINED_DETECTOR / "last.pt").touch()
    decide(monkeypatch, 49.0, resumed=tmp_path)
    assert codes(sent) == ["detector_pretrained"]


@pytest.mark.parametrize(("found_now", "kept"), [(20.0, PRETRAINED_DETECTOR), (19.9, SLIM)])
def test_of_a_network_that_gave_up_half_way_only_the_better_one_is_kept(sent, monkeypatch, found_now, kept):
    assert decide(monkeypatch, 20.0, found_now, gave_up=True)[0].name == kept


@pytest.mark.parametrize(("found", "epochs", "hopeless"), [
    ([49.9] * 30, 60, True), ([*[10.0] * 29, 50.0], 60, False), ([10.0] * 29, 60, False), ([10.0] * 31, 60, False),
    ([10.0] * 15, 30, False), ([10.0] * 20, 30, True), ([10.0] * 20, 20, False),
])  # fmt: skip
def test_half_of_the_epochs_but_no_fewer_than_twenty_decide_whether_it_goes_on(found, epochs, hopeless):
    assert recipe.is_hopeless([{"mAP": value} for value in found], epochs) == hopeless


def test_a_network_is_judged_as_after_an_epoch_and_not_in_train_mode():
    judge = SimpleNamespace(
        model=torch.nn.Dropout(), batch_size=8, precision=precision_of(torch.device("cpu")),
        validate=lambda network, _: {"mAP": 0.0 if network.training else 42.0},
    )  # fmt: skip
    assert pretrained.mean_precision(Prepared(judge, SLIM, "random", {}, *[None] * 5)) == 42.0


def test_its_features_are_the_published_ones_and_stay_normed_so():
    model = build_model("OBJECT_DETECTION", PRETRAINED_DETECTOR, 2)
    load_start(model, bundled_start(PRETRAINED_DETECTOR))
    published = bundled_state()
    assert torch.equal(
        model.state_dict()["_blocks.15._project_conv.weight"], published["_blocks.15._project_conv.weight"]
    )
    mean = model.state_dict()["_blocks.3._bn1.running_mean"].clone()
    recipe.train_with_fixed_norms(model)
    model(torch.randn(2, 3, 64, 64))
    assert torch.equal(model.state_dict()["_blocks.3._bn1.running_mean"], mean)
    assert model.neck.training and not torch.equal(model.neck[0][1].running_mean, torch.zeros(256))


def test_its_features_learn_more_slowly_and_slim_yolo_has_none():
    model = build_model("OBJECT_DETECTION", PRETRAINED_DETECTOR, 2)
    groups = recipe.optimizer_of(model, 0.01).param_groups
    rate_of = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    assert len(rate_of) == len(list(model.parameters()))
    rates = {name: rate_of[id(parameter)] for name, parameter in model.named_parameters()}
    assert {rates["head.weight"], rates["head.bias"], rates["neck.0.0.weight"]} == {0.01}
    assert {rates["_conv_stem.weight"], rates["_blocks.15._bn2.bias"]} == {0.01 * recipe.BACKBONE_RATE}
    slim = build_model("OBJECT_DETECTION", SLIM, 2)
    assert {group["lr"] for group in recipe.optimizer_of(slim, 0.01).param_groups} == {0.01}


@pytest.fixture
def quick(monkeypatch):
    """Slim YOLOv2 gives up after two of four epochs; two of the other network follow and are kept."""
    monkeypatch.setattr(recipe, "FEWEST_EPOCHS", 2)
    monkeypatch.setattr(pretrained, "mean_precision", lambda one: 0.0 if one.name == SLIM else 1.0)
    monkeypatch.setattr(recipe, "PICTURE_SIZES", ((1.0, 64),))


def test_the_whole_way_of_a_network_that_gives_up(sent, quick, tmp_path):
    project = squares_project(tmp_path / "p", epochs=4, batch_size=6)
    train_detection(plan_for(project, threads=1))
    epochs = [(event["epoch"], event["max_epoch"]) for event in sent if event["event"] == "epoch_end"]
    assert epochs == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert sent[-1]["event"] == "train_end" and sent[-1]["model"] == PRETRAINED_DETECTOR and sent[-1]["epoch"] in (3, 4)
    report = json.loads((project / "output/report.json").read_text())["training"]
    assert (report["model"], report["weights"], len(report["curves"])) == (PRETRAINED_DETECTOR, "imagenet", 4)
    assert report["tried"] == [
        {"model": SLIM, "epochs": 2, "mAP": 0.0}, {"model": PRETRAINED_DETECTOR, "epochs": 2, "mAP": 1.0}
    ]  # fmt: skip
    loaded = load_model(project / "output/model.pth")
    assert loaded.name == PRETRAINED_DETECTOR and loaded.module(torch.zeros(1, 3, 224, 224)).shape == (1, 35, 7, 7)


@pytest.mark.soak
def test_killed_in_the_second_network_and_resumed_it_ends_the_same(sent, quick, tmp_path, monkeypatch):
    project = squares_project(tmp_path / "p", epochs=4, batch_size=6)
    plan = plan_for(project, threads=1)
    train_detection(plan)
    whole = load_model(project / "output/model.pth").module.state_dict()

    def killed_at_four(event, **fields):
        sent.append({"event": event, **fields})
        if (event, fields.get("epoch")) == ("epoch_start", 4):
            raise KeyboardInterrupt

    monkeypatch.setattr(events, "emit", killed_at_four)
    second = replace(plan, checkpoints=tmp_path / "again", output=tmp_path / "output")
    with pytest.raises(KeyboardInterrupt):
        train_detection(second)
    sent.clear()
    monkeypatch.setattr(events, "emit", lambda event, **fields: sent.append({"event": event, **fields}))
    train_detection(replace(second, resume=True, logged_epoch=2))
    assert [event["epoch"] for event in sent if event["event"] == "epoch_end"] == [3, 4]  # 3 is not on record
    resumed = load_model(tmp_path / "output/model.pth").module.state_dict()
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
