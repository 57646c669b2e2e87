"""The server checks settings too, before a job is queued: the same examples, the same sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mai.config import train_config
from mai.errors import MaiError

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "train-config"


@pytest.mark.parametrize("example", json.loads((FIXTURES / "valid.json").read_text()), ids=str)
def test_valid(example: dict) -> None:
    config = train_config("IMAGE_CLASSIFICATION", example["config"])
    for field in ("epochs", "batch_size", "learning_rate", "train_split", "early_stopping"):
        assert getattr(config, field) == example[field]


@pytest.mark.parametrize("example", json.loads((FIXTURES / "invalid.json").read_text()), ids=str)
def test_invalid(example: dict) -> None:
    with pytest.raises(MaiError) as caught:
        train_config("IMAGE_CLASSIFICATION", example["config"])
    assert (caught.value.code, caught.value.msg) == (example["code"], example["reason"])


def test_a_number_of_hundreds_of_digits_is_refused() -> None:
    with pytest.raises(MaiError):
        train_config("IMAGE_CLASSIFICATION", {"epochs": 10**400})
