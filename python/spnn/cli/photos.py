"""The options for turning photos into network inputs, shared by calibrate and simulate."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Set
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spnn.cli.arguments import UsageError, numbers, whole_numbers
from spnn.image import Preprocessing, image_paths, load_inputs

VALUES = {
    "--images": "images", "-i": "images", "--output": "output", "-o": "output",
    "--mean": "mean", "--m": "mean", "-m": "mean", "--norm": "norm", "--n": "norm", "-n": "norm",
    "--size": "size", "-s": "size", "--thread": "thread", "-t": "thread",
}  # fmt: skip
SWITCHES = {"--swapRB": "swapRB", "-c": "swapRB", "--gray": "gray", "-g": "gray"}
_LARGEST_SIDE = 4096
_MOST_THREADS = 256


def preprocessing_of(options: Mapping[str, str], switches: Set[str]) -> Preprocessing:
    """From the options; mean and norm must be given."""
    channels = 1 if "gray" in switches else 3
    for name in ("mean", "norm"):
        if name not in options:
            raise UsageError(f"--{name} is missing: write {channels} number{'s' if channels > 1 else ''}")
    width, height = whole_numbers("size", options.get("size", "224,224"), 2, _LARGEST_SIDE)
    return Preprocessing(
        mean=numbers("mean", options["mean"], channels),
        norm=numbers("norm", options["norm"], channels),
        size=(width, height),
        swap_rb="swapRB" in switches,
        gray="gray" in switches,
    )


def use_threads(options: Mapping[str, str]) -> None:
    """Let torch use as many threads as --thread says."""
    if "thread" in options:
        (count,) = whole_numbers("thread", options["thread"], 1, _MOST_THREADS)
        import torch

        torch.set_num_threads(min(count, 2 * (os.cpu_count() or 1)))


def read_photos(
    place: str, preprocessing: Preprocessing, say: Callable[[str], None]
) -> tuple[list[Path], list[NDArray[np.float32]]]:
    """All photos of a folder (or one photo) as network inputs."""
    path = Path(place)
    paths = [path] if path.is_file() else image_paths(path)
    inputs = []
    for number, sample in enumerate(load_inputs(paths, preprocessing), 1):
        inputs.append(sample)
        if number % 10 == 0 or number == len(paths):
            say(f"photo {number} of {len(paths)}")
    return paths, inputs
