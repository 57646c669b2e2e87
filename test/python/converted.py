"""Small trained networks and converted projects, made once for all tests of conversion and inference."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from mai.models.registry import build_model, save_model
from mai.models.samples_file import write_samples_file
from photo_project import make_project, photo
from torch import nn
from torch.nn import functional as F

LABELS = ("blue", "red")
PER_LABEL = 12


@cache
def scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mai-converted-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def pictures(count: int, side: int, first: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Generated photos of two kinds, normalised: float32 (count, 3, side, side), and their classes."""
    kinds = [number % 2 for number in range(count)]
    pixels = np.stack([np.asarray(photo(kind, first + number)) for number, kind in enumerate(kinds)])
    x = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127.5) / 128
    return F.interpolate(x, (side, side), mode="bilinear", antialias=True), torch.tensor(kinds)


def train(network: nn.Module, side: int, steps: int = 12) -> nn.Module:
    """A few steps, enough for batch norm to know its numbers and for the classes to part."""
    torch.manual_seed(0)
    x, y = pictures(16, side, first=100)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.002)
    network.train()
    for step in range(steps):
        half = slice(8 * (step % 2), 8 * (step % 2) + 8)
        optimiser.zero_grad()
        # Without noise a deep network on a few photos becomes so nervous that half a grey level turns its answer.
        noisy = x[half] + torch.randn_like(x[half]) * 0.1
        F.cross_entropy(network(noisy).flatten(1)[:, :2], y[half]).backward()
        optimiser.step()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):  # the average over both halves, not over the way there
            module.reset_running_stats()
            module.momentum = None
    with torch.no_grad():
        network(x[:8])
        network(x[8:])
    return network.eval()


@cache
def trained_project() -> Path:
    """A classification project with a trained `output/`, as a finished training leaves it."""
    root = make_project(scratch() / "photos", PER_LABEL)
    output = root / "output"
    output.mkdir()
    torch.set_num_threads(1)  # threads that wait for each other cost more than a small network gains
    names = {side: [] for side in ("train", "validation")}
    for label in LABELS:
        for number in range(PER_LABEL):
            names["train" if number % 4 else "validation"].append(f"dataset/{label}/{number:02}.png")
    torch.manual_seed(0)
    network = train(build_model("IMAGE_CLASSIFICATION", "mobilenet-10", 2), 128, steps=40)
    save_model(
        output / "model.pth", network, project_type="IMAGE_CLASSIFICATION", name="mobilenet-10", labels=LABELS,
        arch={}, split=names, train_config={}, metrics={},
    )  # fmt: skip
    (output / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    (output / "report.json").write_text('{"training": {"model": "mobilenet-10"}}')
    (output / "origin.json").write_text("{}")
    write_samples_file(output, LABELS, [
        {"file": name, "label": Path(name).parent.name, "scene": row, "held_back": name in names["validation"]}
        for row, name in enumerate([*names["train"], *names["validation"]])
    ])  # fmt: skip
    return root


@cache
def converted_project() -> Path:
    """The same, converted: the new output lies in `converted/`."""
    from convert import run

    root = trained_project()
    run(["--project", str(root), "--output", str(root / "converted"), "--device", "cpu", "--threads", "1"])
    return root
