"""A training asked to leave its turn: it goes on later to the same weights, bit for bit, and says no epoch twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from detection_project import squares_project
from loop_job import make_job
from mai import turn
from mai.models.registry import load_model
from mai.train.classification.plateau import plateau_notice
from mai.train.classification.train import train_classification
from mai.train.detection import pretrained, recipe
from mai.train.detection.train import train_detection
from mai.train.engine import resume
from mai.train.engine.keep import Keeper
from mai.train.engine.loop import train
from mai.train.plan.plan import plan_for
from mai.train.voice.train import train_voice
from photo_project import make_project as photos_project
from turns import curve_of, ends_of, in_turns, turns_of
from voice_project import make_project as voice_project

pytestmark = pytest.mark.usefixtures("one_thread")
PYTHON = Path(__file__).resolve().parents[2] / "python"


def discs_project(folder, **settings):
    return photos_project(folder, per_label=4, batch_size=4, **settings)


def detection_project(folder, **settings):
    return squares_project(folder / "p", photos=8, batch_size=4, **settings)


def plus_project(folder, **settings):
    """The detector without anchors, of the other board."""
    settings = {"modelType": "yolo11n", "board": "kidbright-mai-plus", **settings}
    return squares_project(folder / "p", photos=8, batch_size=4, **settings)


def tones_project(folder, **settings):
    return voice_project(folder, clips=4, **settings)


KINDS = {
    "photos": (discs_project, train_classification),
    "sounds": (tones_project, train_voice),
    "boxes": (detection_project, train_detection),
    "boxes-plus": (plus_project, train_detection),
}


@dataclass
class ThreeTurns:
    """A training of three epochs, each of them a turn."""

    train_kind: Callable
    project: Path
    """The same one without a turn."""
    whole: Path
    sent: list[list[dict]]
    sent_without: list[list[dict]]
    """The file of the model so far, after each turn that others came after."""
    so_far: list[bytes]
    """How often it has waited for the server to let others come first."""
    waits: int


@pytest.fixture(scope="module", params=KINDS.values(), ids=KINDS.keys())
def three_turns(request, tmp_path_factory):
    make, train_kind = request.param
    folder = tmp_path_factory.mktemp("turns")
    so_far, waits = [], []

    def run_in(name, ends_after):
        project = make(folder / name, epochs=3)

        def run(logged):
            if logged is not None:
                so_far.append((project / "instant" / "model.pth").read_bytes())
            train_kind(plan_for(project, threads=1, seed=3, resume=logged is not None, logged_epoch=logged))

        return project, in_turns(patch, run, ends_after)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "PICTURE_SIZES", ((1.0, 64),))
        patch.setattr(turn, "USABLE_PERCENT", 1.0)  # which even these few epochs reach
        patch.setattr(turn, "wait_for_request", lambda: waits.append(1))
        whole, sent_without = run_in("whole", ())
        project, sent = run_in("parts", (1, 2))
    return ThreeTurns(train_kind, project, whole, sent, sent_without, so_far, len(waits))


def test_a_training_in_three_turns_ends_with_the_weights_of_one(three_turns):
    assert [end[0] for end in ends_of(three_turns.sent_without)] == ["train_end"]
    assert [end[0] for end in ends_of(three_turns.sent)] == ["yielded", "yielded", "train_end"]
    assert [end[1] for end in ends_of(three_turns.sent)[:2]] == [1, 2]
    assert curve_of(three_turns.sent) == curve_of(three_turns.sent_without)
    one, other = (
        load_model(project / "output/model.pth").module.state_dict()
        for project in (three_turns.whole, three_turns.project)
    )
    assert all(torch.equal(value, other[key]) for key, value in one.items())


def test_only_a_training_without_a_quick_first_model_waits_for_that(three_turns):
    good = any(point["matric"]["val_acc"] >= 1.0 for point in curve_of(three_turns.sent))
    assert good == (three_turns.train_kind is not train_detection)
    assert (three_turns.waits > 0) == (three_turns.train_kind is train_voice)


def test_between_the_two_networks_of_a_detection(tmp_path, monkeypatch):
    """Slim YOLOv2 gives up after two of four epochs; its turn ends there, and the other network's after its first."""
    monkeypatch.setattr(recipe, "FEWEST_EPOCHS", 2)
    monkeypatch.setattr(pretrained, "mean_precision", lambda one: 0.0 if one.name == "slim_yolo_v2" else 1.0)
    monkeypatch.setattr(recipe, "PICTURE_SIZES", ((1.0, 64),))
    project = detection_project(tmp_path, epochs=4)

    def run(logged):
        train_detection(plan_for(project, threads=1, resume=logged is not None, logged_epoch=logged))

    turns = in_turns(monkeypatch, run, (2, 3))
    assert ends_of(turns)[:2] == [("yielded", 2), ("yielded", 3)] and turns[-1][-1]["event"] == "train_end"
    assert [(point["epoch"], point["max_epoch"]) for point in curve_of(turns)] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    said = [event["code"] for sent in turns for event in sent if event["event"] == "notice"]
    assert said.count("detector_tries_pretrained") == 1


def test_an_epoch_that_is_not_saved_by_itself_is_saved_for_the_end_of_a_turn(tmp_path, monkeypatch):
    """As on a GPU, where a checkpoint is written every five seconds: all epochs here are faster."""
    monkeypatch.setattr(resume, "checkpoint_interval", lambda device: 1e9)
    keeper = {"keeper": Keeper("val_loss", "best", 5)}
    whole, uninterrupted = turns_of(monkeypatch, tmp_path / "whole", (), epochs=5, **keeper)
    keeper = {"keeper": Keeper("val_loss", "best", 5)}
    parts, turns = turns_of(monkeypatch, tmp_path / "parts", (2,), epochs=5, **keeper)
    assert ends_of(turns)[0] == ("yielded", 2) and curve_of(turns) == curve_of(uninterrupted)
    assert all(torch.equal(value, parts.model.state_dict()[key]) for key, value in whole.model.state_dict().items())


def test_asked_while_it_validates_it_leaves_after_the_next_saved_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "checkpoint_interval", lambda device: 1e9)

    def ask(epoch, _metrics):
        if epoch == 2:
            turn.read_request(b'{"yield": true}')

    _, turns = turns_of(monkeypatch, tmp_path, (), after_epoch=ask)
    assert [(point["epoch"]) for point in curve_of(turns)] == [1, 2, 3, 4]
    assert turns[0][-1] == {"event": "yielded", "epoch": 3, "max_epoch": 4, "since_best": 0}


def test_each_turn_has_an_epoch_of_its_own_and_the_last_epoch_ends_the_training(tmp_path, monkeypatch):
    """Asked from the first moment on, as by a server in a hurry."""
    monkeypatch.setattr(turn, "is_asked_for", lambda: True)
    _, turns = turns_of(monkeypatch, tmp_path, (), epochs=3)
    assert [[point["epoch"] for point in curve_of([sent])] for sent in turns] == [[1], [2], [3]]
    assert turns[-1][-1]["event"] == "epoch_end"


@pytest.mark.parametrize(("method", "since"), [("best", 2), ("best_one_of_half", 0)])
def test_it_says_for_how_long_it_has_not_improved(tmp_path, monkeypatch, method, since):
    """Of 8 epochs the first is the best; where the first half is not looked at, nothing is known after three."""
    keeper = Keeper("val_accuracy", method, 8)
    accuracy = {"val_loss": 1.0, "val_acc": 50.0}
    _, turns = turns_of(
        monkeypatch, tmp_path, (3,), epochs=8, keeper=keeper, validate=lambda network, batch_size: accuracy
    )
    assert (turns[0][-1]["epoch"], turns[0][-1]["since_best"]) == (3, since)


def test_a_training_that_waits_keeps_no_file_that_is_only_to_be_written_over(tmp_path, monkeypatch):
    kept = []
    real = turn.leave
    monkeypatch.setattr(turn, "leave", lambda **end: (kept.append(sorted(os.listdir(tmp_path))), real(**end)))
    turns_of(monkeypatch, tmp_path, (3,), keeper=Keeper("val_accuracy", "last", 4))
    assert [sum(name[0].isdigit() for name in names) for names in kept] == [1]
    assert {"best.pt", "last.pt"} <= set(kept[0])


def test_that_more_training_no_longer_helps_is_said_once_over_all_turns(tmp_path, monkeypatch):
    def again():
        return plateau_notice(12, 1.0, 40, 40.0)

    accuracy = {"val_loss": 1.0, "val_acc": 50.0}

    def run(logged):
        notify = again()
        job = make_job(
            tmp_path,
            epochs=12,
            logged_epoch=logged,
            validate=lambda network, batch_size: accuracy,
            after_epoch=notify,
            recall_epoch=lambda epoch, metrics: notify(epoch, metrics, is_recalled=True),
        )
        train(job, from_checkpoint=logged is not None)

    turns = in_turns(monkeypatch, run, (3, 7, 9))
    said = [(event["code"], event["epoch"]) for sent in turns for event in sent if event["event"] == "notice"]
    assert said == [("training_plateau", 7)]


def test_the_model_so_far_can_be_asked_while_others_have_their_turn(three_turns):
    """It has the best weights of the epochs done; those of a photo training only if the quick first model is worse."""
    assert len(three_turns.so_far) == 2
    so_far = load_model(three_turns.project / "instant" / "model.pth")
    finished = load_model(three_turns.project / "output" / "model.pth")
    assert so_far.labels == finished.labels and so_far.split == finished.split
    if three_turns.train_kind is not train_classification:
        assert (so_far.name, so_far.arch) == (finished.name, finished.arch)
        kept = resume.kept_weights(three_turns.project / "checkpoints")
        assert so_far.module.state_dict().keys() == kept.keys()
