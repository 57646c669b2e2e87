"""The whole training of a voice network on tones: events, files, resume, block programs, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from mai import events
from mai.config import read_project
from mai.data.voice_clips import index_clips, load_clips
from mai.data.voice_labels import noise_labels
from mai.errors import MaiError
from mai.models.registry import build_model, load_model
from mai.train.plan.arguments import parse_plan
from mai.train.voice import recipe
from mai.train.voice.prepare import takes_shorter
from mai.train.voice.train import train_voice
from mai.voice.features import features, network_input
from mai.voice.runtime import forward
from voice_project import LABELS, make_project, sound_of, write_clip

CODE = """torch.nn.LazyConv2d(8, 3, 1, padding=1, bias=True)
torch.nn.ReLU()
torch.nn.MaxPool2d(kernel_size=2, stride=2, padding=0)
torch.nn.Flatten(start_dim=1)
torch.nn.LazyLinear(out_features = 16, bias=True)
torch.nn.ReLU()
"""


@pytest.fixture
def stream(monkeypatch):
    """Every event of a training, in order."""
    lines: list[dict] = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: lines.append({"event": event, **fields}))
    return lines


def run(project, *more):
    argv = ["--project", str(project), "--device", "cpu", "--threads", "1", "--seed", "3", *more]
    train_voice(parse_plan("", argv))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project that was trained without a break."""
    project = make_project(tmp_path_factory.mktemp("tones"))
    with pytest.MonkeyPatch.context() as patch:
        lines: list[dict] = []
        patch.setattr(events, "emit", lambda event, **fields: lines.append({"event": event, **fields}))
        run(project)
    return project, lines


def test_the_events_are_those_of_the_contract(trained):
    _, lines = trained
    names = [line["event"] for line in lines if line["event"] not in ("batch_start", "batch_end")]
    assert names == ["dataset_loading", "model_building", "train_start", *["epoch_start", "epoch_end"] * 4, "train_end"]
    start, last = lines[2], lines[-1]
    assert (start["train_samples"], start["val_samples"]) == (12, 6)
    assert set(last["per_label"]) == set(LABELS) and np.array(last["confusion"]).sum() == 6


def test_each_epoch_has_its_metrics(trained):
    _, lines = trained
    ends = [line for line in lines if line["event"] == "epoch_end"]
    assert [line["epoch"] for line in ends] == [1, 2, 3, 4]
    for line in ends:
        assert set(line["matric"]) == {"train_loss", "train_acc", "val_loss", "val_acc"}
        assert 0 <= line["matric"]["val_acc"] <= 100
    assert ends[-1]["matric"]["train_loss"] < ends[0]["matric"]["train_loss"]


def test_tones_are_told_apart(trained):
    _, lines = trained
    assert lines[-1]["value"] == 100.0


def test_the_output_is_complete(trained):
    project, _ = trained
    output = project / "output"
    assert sorted(file.name for file in output.iterdir()) == ["labels.txt", "model.pth", "report.json", "samples.json"]
    assert (output / "labels.txt").read_text() == "high\nlow\nnoise\n"
    report = json.loads((output / "report.json").read_text())["training"]
    assert report["samples_per_label"]["low"] == {"train": 4, "validation": 2} and len(report["curves"]) == 4


def test_the_model_file_builds_the_network_again(trained):
    project, _ = trained
    loaded = load_model(project / "output" / "model.pth")
    assert loaded.arch == {"frames": 23} and loaded.name == "voice-cnn"
    assert not set(loaded.split["train"]) & set(loaded.split["validation"])
    assert set(loaded.module.state_dict()) == {
        f"{name}.{part}"
        for name in ("features.0", "features.3", "features.6", "features.10", "classifier.1")
        for part in ("weight", "bias")
    }
    clips = load_clips(index_clips(project / "dataset", LABELS), frames=23)
    held = [clips.names.index(name) for name in loaded.split["validation"]]
    with torch.inference_mode():
        answers = loaded.module(torch.from_numpy(network_input(features(clips.samples[held])))).argmax(1).numpy()
    table = np.zeros((3, 3), int)
    np.add.at(table, (clips.labels[held], answers), 1)
    assert table.tolist() == loaded.metrics["confusion"]


def test_the_boards_numpy_says_what_the_trained_network_says(trained):
    project, _ = trained
    loaded = load_model(project / "output" / "model.pth")
    clips = load_clips(index_clips(project / "dataset", LABELS))
    weights = {name: value.numpy() for name, value in loaded.module.state_dict().items()}
    for x in (network_input(features(clips.samples)), network_input(features(clips.samples))[..., :-1]):
        with torch.inference_mode():
            wanted = loaded.module(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(forward(weights, x), wanted, atol=1e-4, rtol=1e-5)


def test_a_killed_training_goes_on_where_it_was(trained, tmp_path, monkeypatch):
    project = make_project(tmp_path)

    class Killed(BaseException):
        pass

    def emit(event, **fields):
        if event == "epoch_start" and fields["epoch"] == 3:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(events, "emit", emit)
        run(project)
    lines: list[dict] = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: lines.append({"event": event, **fields}))
    run(project, "--resume")
    assert [line["epoch"] for line in lines if line["event"] == "epoch_end"] == [3, 4]
    whole, resumed = (load_model(each / "output" / "model.pth").module.state_dict() for each in (trained[0], project))
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


def test_a_block_program_wins_over_the_model_type(stream, tmp_path):
    project = make_project(tmp_path, code=CODE, epochs=2)
    run(project)
    assert next(line["model"] for line in stream if line["event"] == "train_start") == "blocks"
    loaded = load_model(project / "output" / "model.pth")
    assert loaded.arch == {"frames": 23, "code": CODE}
    assert loaded.module(torch.zeros(1, 3, 40, 23)).shape == (1, 3)
    assert not takes_shorter(build_model("VOICE_CLASSIFICATION", "blocks", 3, code=CODE, frames=24), 24)


def test_a_mistake_in_a_block_program_is_an_error_with_its_line(stream, tmp_path):
    with pytest.raises(MaiError) as error:
        run(make_project(tmp_path, clips=2, code="torch.nn.ReLU()\n__import__('os').system('true')"))
    assert (error.value.code, error.value.params["line"]) == ("block_no_layer", 2)
    assert not (tmp_path / "output").exists()


def test_a_network_for_photos_is_replaced_and_named(stream, tmp_path):
    run(make_project(tmp_path, clips=3, modelType="resnet18", epochs=1))
    assert [line["asked"] for line in stream if line.get("code") == "voice_network_replaced"] == ["resnet18"]
    assert json.loads((tmp_path / "output" / "report.json").read_text())["training"]["model"] == "voice-cnn"


def test_a_label_without_enough_usable_clips_is_named(stream, tmp_path):
    make_project(tmp_path, clips=2)
    (tmp_path / "dataset" / "sound" / "low" / "01.wav").write_bytes(b"broken")
    with pytest.raises(MaiError) as error:
        run(tmp_path)
    assert error.value.code == "too_few_usable" and error.value.params["label"] == "low"
    assert [line["code"] for line in stream if line["event"] == "notice"] == ["clips_unreadable"]


def test_names_that_mean_noise():
    assert noise_labels(("Background Noise", "ใช่", "เสียงรบกวน", "silence", "nose")) == [0, 2, 3]


def test_the_input_of_training_is_the_boards(tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (2, 40, 30), dtype=np.uint8)
    np.testing.assert_array_equal(recipe.to_input(recipe.to_range(torch.from_numpy(grey))).numpy(), network_input(grey))


def test_the_network_is_as_the_board_reads_it_and_takes_one_frame_less():
    net = build_model("VOICE_CLASSIFICATION", "voice-cnn", 4, frames=48)
    assert [
        tuple(net.state_dict()[f"{name}.weight"].shape)
        for name in ("features.0", "features.3", "features.6", "features.10", "classifier.1")
    ] == [(32, 3, 3, 3), (64, 32, 3, 3), (128, 64, 3, 3), (128, 128, 1, 1), (4, 128)]
    assert takes_shorter(net, 48) and net.eval()(torch.zeros(2, 3, 40, 8)).shape == (2, 4)


def test_another_type_of_project_is_refused(tmp_path):
    make_project(tmp_path, clips=2)
    raw = json.loads((tmp_path / "project.json").read_text())
    (tmp_path / "project.json").write_text(json.dumps(raw | {"projectType": "IMAGE_CLASSIFICATION"}))
    assert read_project(tmp_path).type == "IMAGE_CLASSIFICATION"
    with pytest.raises(MaiError) as error:
        run(tmp_path)
    assert error.value.code == "project_type_wrong"


def test_a_clip_of_another_length_does_not_stop_the_training(stream, tmp_path):
    make_project(tmp_path, clips=3, epochs=1)
    rng = np.random.default_rng(1)
    write_clip(tmp_path, "high", "longer", sound_of("high", 2.0, 16_000, rng), 16_000)
    write_clip(tmp_path, "low", "shorter", sound_of("low", 0.3, 44_100, rng), 44_100)
    run(tmp_path)
    assert [line["code"] for line in stream if line["event"] == "notice"] == ["clips_unequal"]
    assert stream[-1]["event"] == "train_end"
