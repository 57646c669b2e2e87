"""What the settings of the IDE become. The server takes the same examples (test/contract/train-config.test.ts)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from mai.config import train_config
from mai.models.registry import build_model
from mai.train import memory
from mai.train.memory import batch_in_memory, bytes_kept
from mai.train.settings import batch_within

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
    assert batch_in_memory(1024, network, sample) == 300
    assert codes_of(capsys.readouterr().out) == ["batch_halved"]
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    assert batch_in_memory(1024, network, sample) == 1024


def test_what_autograd_keeps_grows_with_the_batch_and_leaves_the_statistics_alone() -> None:
    network = build_model("IMAGE_CLASSIFICATION", "mobilenet-25", 2)
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    one, four = (bytes_kept(network, torch.ones(count, 3, 224, 224)) for count in (1, 4))
    assert 3.5 < four / one < 4.5
    assert all(torch.equal(buffer, before[name]) for name, buffer in network.named_buffers())
