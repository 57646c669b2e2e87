"""Where a network looks: the part that decides is found, and nothing is claimed where none does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from mai.errors import MaiError
from mai.infer.heat import CELLS, covered, look, shares
from mai.infer.protocol import Request
from mai.models.registry import LoadedModel
from PIL import Image
from torch import Tensor, nn


class Red(nn.Module):
    """Says "red" by how much more red than blue there is anywhere, as a network does that has learnt it."""

    def forward(self, x: Tensor) -> Tensor:
        excess = (x[:, 0] - x[:, 2]).clamp_min(0).mean((1, 2)) * 200
        return torch.stack([torch.ones_like(excess), excess], 1)


class Asked:
    """As mai.infer.loaded.Loaded, for a network that is at hand."""

    def __init__(self, project_type: str = "IMAGE_CLASSIFICATION") -> None:
        split: dict[str, list[str]] = {}
        self.trained = LoadedModel(Red(), project_type, "red", {}, ("other", "red"), split, {}, {})

    def run(self, x: Tensor) -> np.ndarray:
        with torch.inference_mode():
            return self.trained.module(x).numpy()


def request_for(path: Path, pixels: np.ndarray) -> Request:
    Image.fromarray(pixels).save(path)
    return Request(path.parent, path, "classification", None, False, True)


def test_the_part_that_decides_is_found(tmp_path: Path) -> None:
    pixels = np.full((224, 224, 3), 128, np.uint8)
    pixels[40:60, 170:185] = (255, 0, 0)
    found = look(Asked(), request_for(tmp_path / "photo.png", pixels))
    grid = np.array(found["grid"])
    assert found["label"] == "red" and grid.shape == (CELLS, CELLS)
    assert np.unravel_index(grid.argmax(), grid.shape) == (1, 5) and grid.max() == 1
    assert grid[:, :3].max() == 0 and grid[4:].max() == 0


def test_nothing_is_claimed_where_no_part_matters(tmp_path: Path) -> None:
    found = look(Asked(), request_for(tmp_path / "plain.png", np.full((224, 224, 3), 128, np.uint8)))
    assert np.array(found["grid"]).max() == 0
    assert shares(np.full(49, -1.0)).max() == 0
    one = np.eye(1, 49)[0]
    assert (shares(0.05 * one).max(), shares(0.2 * one).max()) == (0, 1)


def test_every_part_is_covered_once_in_the_middle() -> None:
    copies = covered(torch.ones(1, 3, 224, 224))
    middles = copies[:, 0, 16::32, 16::32] == 0
    assert all(bool(middles[cell].flatten()[cell]) for cell in range(CELLS * CELLS))
    assert 0 < float((copies == 0).float().mean()) < 0.1
    assert int((copies[24, 0] == 0).sum()) == 64 * 64, "two cells wide"


def test_boxes_and_clips_are_refused(tmp_path: Path) -> None:
    request = request_for(tmp_path / "photo.png", np.zeros((224, 224, 3), np.uint8))
    with pytest.raises(MaiError) as caught:
        look(Asked("OBJECT_DETECTION"), request)
    assert caught.value.code == "heat_of_labels_only"
