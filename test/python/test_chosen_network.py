"""In ResNet-18's place the network is trained whose features know the photos best, and a resumed training keeps it."""

import json

import pytest
import torch
from mai import events
from mai.models import weights
from mai.models.registry import load_model
from mai.train.classification import prepare
from mai.train.classification.train import train_classification
from photo_project import events_of, make_project, plan_of

pytestmark = pytest.mark.usefixtures("one_thread")


class Killed(Exception):
    pass


@pytest.fixture(autouse=True)
def no_weights(monkeypatch):
    monkeypatch.setattr(weights, "find_weights", lambda name, folder: (None, "not here"))


def project(root, **config):
    return make_project(root, per_label=4, modelType="resnet18", epochs=2, batch_size=4, **config)


@pytest.mark.parametrize(
    ("reads", "name"),
    [
        ("block11", "efficientnet-lite0-11"),
        pytest.param("both", "efficientnet-lite0-both", marks=pytest.mark.soak),
    ],
)
def test_a_killed_training_goes_on_with_the_network_it_had(reads, name, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(prepare, "READS", (reads,))
    whole, parts = project(tmp_path / "whole"), project(tmp_path / "parts")
    train_classification(plan_of(whole))
    sent = events_of(capsys.readouterr().out)
    (substituted,) = [e for e in sent if e["event"] == "notice" and e["code"] == "network_substituted"]
    assert (substituted["asked"], substituted["used"]) == ("resnet18", name)
    (end,) = [e for e in sent if e["event"] == "train_end"]
    (instant,) = [e for e in sent if e["event"] == "instant_model"]
    assert end["model"] == name and end["value"] >= instant["accuracy"]

    emit = events.emit

    def kill(event, **fields):
        if event == "epoch_start" and fields["epoch"] == 2:
            raise Killed
        emit(event, **fields)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(events, "emit", kill)
        train_classification(plan_of(parts))
    decisions = json.loads((parts / "checkpoints/decisions.json").read_text())
    assert (decisions["asked"], decisions["model"]) == ("resnet18", name)
    # what another server would choose now plays no part
    monkeypatch.setattr(prepare, "train_instant", None)
    train_classification(plan_of(parts, resume=True))
    one, other = (load_model(root / "output/model.pth") for root in (whole, parts))
    assert one.name == other.name == name
    assert all(torch.equal(value, other.module.state_dict()[key]) for key, value in one.module.state_dict().items())
    report = json.loads((parts / "output/report.json").read_text())["training"]
    assert (report["asked"], report["model"]) == ("resnet18", name)


def test_a_network_that_is_asked_for_is_trained_whatever_the_features_say(tmp_path, capsys):
    root = make_project(tmp_path, per_label=4, modelType="efficientnet-lite0-11", epochs=1, batch_size=4)
    train_classification(plan_of(root))
    sent = events_of(capsys.readouterr().out)
    assert [e["model"] for e in sent if e["event"] == "train_end"] == ["efficientnet-lite0-11"]
    assert load_model(root / "instant/model.pth").name == "efficientnet-lite0-11"
