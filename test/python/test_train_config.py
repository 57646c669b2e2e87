"""What the settings of the IDE become. The server takes the same examples (test/contract/train-config.test.ts)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from mai.config import DEFAULT_MODEL, read_project, train_config
from mai.errors import MaiError
from mai.models.registry import build_model
from mai.train.classification.prepare import asked_network
from mai.train.detection import prepare as detection
from mai.train.engine import memory
from mai.train.engine.memory import batch_in_memory, bytes_kept
from mai.train.plan.settings import batch_within, named_network, network_or_default
from mai.train.voice import prepare as voice

EXAMPLES = Path(__file__).resolve().parents[1] / "fixtures" / "train-config" / "examples.json"
CPU = torch.device("cpu")


@pytest.mark.parametrize("example", json.loads(EXAMPLES.read_text()), ids=lambda example: json.dumps(example["config"]))
def test_settings_are_kept_or_brought_to_the_nearest(example: dict) -> None:
    config, adjusted = train_config("IMAGE_CLASSIFICATION", example["config"])
    for field in ("epochs", "batch_size", "learning_rate", "train_split", "early_stopping"):
        assert getattr(config, field) == example[field]
    assert [[one.setting, one.before, one.after] for one in adjusted] == example["adjusted"]


def test_odd_values_that_json_carries_are_no_crash() -> None:
    config, adjusted = train_config("IMAGE_CLASSIFICATION", {"epochs": 10**400, "batch_size": -(10**400)})
    assert (config.epochs, config.batch_size) == (1000, 1)
    assert [one.setting for one in adjusted] == ["epochs", "batch_size"]
    config, adjusted = train_config("OBJECT_DETECTION", json.loads('{"epochs": NaN, "learning_rate": Infinity}'))
    assert (config.epochs, config.learning_rate) == (30, 1.0)


@pytest.mark.parametrize(
    ("kind", "asked", "named"),
    [
        ("IMAGE_CLASSIFICATION", "mobilenet-50", "mobilenet-50"),
        ("IMAGE_CLASSIFICATION", "MobileNet_50", "mobilenet-50"),
        ("IMAGE_CLASSIFICATION", "ResNet18", "resnet18"),
        ("IMAGE_CLASSIFICATION", "", "resnet18"),
        ("IMAGE_CLASSIFICATION", "resnet99", None),
        ("IMAGE_CLASSIFICATION", "slim_yolo_v2", None),
        ("IMAGE_CLASSIFICATION", "blocks", None),
        ("OBJECT_DETECTION", "Slim YOLO v2", "slim_yolo_v2"),
        ("OBJECT_DETECTION", "resnet18", None),
        ("VOICE_CLASSIFICATION", "Voice_CNN", "voice-cnn"),
        ("VOICE_CLASSIFICATION", "blocks", None),
    ],
)
def test_a_network_of_another_spelling_is_found_and_an_unknown_one_is_the_default(kind, asked, named, tmp_path, capsys):
    document = {"projectType": kind, "labels": ["a", "b"], "trainConfig": {"modelType": asked}}
    (tmp_path / "project.json").write_text(json.dumps(document))
    project = read_project(tmp_path)
    assert named_network(project) == named
    assert network_or_default(project) == (named or DEFAULT_MODEL[kind])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = [] if named else [("setting_adjusted", "modelType", asked, DEFAULT_MODEL[kind])]
    assert [(each["code"], each["setting"], each["before"], each["after"]) for each in lines] == expected


def test_each_training_takes_the_default_for_an_unknown_network(tmp_path, capsys) -> None:
    for kind, asked_of in (
        ("IMAGE_CLASSIFICATION", lambda project: asked_network(project)[0]),
        ("OBJECT_DETECTION", detection.network_of),
        ("VOICE_CLASSIFICATION", voice.network_of),
    ):
        document = {"projectType": kind, "labels": ["a", "b"], "trainConfig": {"modelType": "blocks"}}
        (tmp_path / "project.json").write_text(json.dumps(document))
        assert asked_of(read_project(tmp_path)) == DEFAULT_MODEL[kind]
    assert codes_of(capsys.readouterr().out) == ["setting_adjusted", "setting_adjusted", "voice_network_replaced"]


def test_the_methods_of_the_ide_are_kept() -> None:
    for method in ("best", "last", "best_one_of_third", "best_one_of_half"):
        config, adjusted = train_config("VOICE_CLASSIFICATION", {"saveMethod": method})
        assert (config.save_method, adjusted) == (method, ())


def codes_of(out: str) -> list[str]:
    return [json.loads(line)["code"] for line in out.splitlines()]


def test_a_batch_is_no_larger_than_the_samples(capsys) -> None:
    assert [batch_within(asked, 200, 250) for asked in (1, 199, 200, 201, 250)] == [1, 199, 200, 200, 200]
    assert [batch_within(asked, 600, 40) for asked in (41, 600)] == [41, 600]  # voice: an epoch has copies of its clips
    assert capsys.readouterr().out == ""
    assert batch_within(251, 200, 250) == 200
    assert codes_of(capsys.readouterr().out) == ["batch_larger_than_data"]


def test_a_batch_takes_at_most_half_of_the_free_memory(monkeypatch, capsys) -> None:
    network, sample = build_model("IMAGE_CLASSIFICATION", "resnet18", 2), torch.zeros(1, 3, 224, 224)
    each = bytes_kept(network, sample)
    assert 10e6 < each < 60e6, "the activations of ResNet-18 at 224"
    assert network.training
    monkeypatch.setattr(memory, "free_memory", lambda: 600 * each)
    assert [batch_in_memory(asked, network, sample) for asked in (1, 128, 300)] == [1, 128, 300]
    assert capsys.readouterr().out == ""
    sizes = [batch_in_memory(1024, network, sample)]
    assert codes_of(capsys.readouterr().out) == ["batch_halved"]
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    sizes.append(batch_in_memory(1024, network, sample))
    assert sizes == [300, 1024]


def test_what_autograd_keeps_grows_with_the_batch_and_leaves_the_statistics_alone() -> None:
    network = build_model("IMAGE_CLASSIFICATION", "mobilenet-25", 2)
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    one, four = (bytes_kept(network, torch.ones(count, 3, 224, 224)) for count in (1, 4))
    assert 3.5 < four / one < 4.5
    assert all(torch.equal(buffer, before[name]) for name, buffer in network.named_buffers())


@pytest.mark.parametrize("text", [b"{", b"[]", b"\xff", b"[" * 100_000, None])
def test_a_project_that_cannot_be_read_says_so_without_its_place(text: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "project.json"
    if text is None:
        file.mkdir()
    else:
        file.write_bytes(text)
    with pytest.raises(MaiError) as caught:
        read_project(tmp_path)
    assert caught.value.code == "project_unreadable" and caught.value.params["detail"]
    assert str(tmp_path) not in f"{caught.value.msg} {caught.value.params}"
