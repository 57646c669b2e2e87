"""The command `simulate`: prints the board's answers for photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spnn.cli import photos, usage
from spnn.cli.arguments import UsageError, split_arguments
from spnn.cli.console import note, out
from spnn.format.model_files import read_model, write_together
from spnn.format.values import get_int

_SHOWN = 5  # values of an output vector that are printed, the largest first


def simulate_command(argv: Sequence[str]) -> None:
    """int8.param int8.bin -i= --m= --n= [-o=] [--size=] [-c] [-g] [-t=]"""
    words, options, switches = split_arguments(argv, photos.VALUES, photos.SWITCHES)
    if len(words) != 2 or "images" not in options:
        raise UsageError(f"two files and --images are needed: {usage.SIMULATE.splitlines()[0]}")
    graph = read_model(words[0], words[1])
    for layer in graph.inputs()[:1]:  # the network knows its own size
        options.setdefault("size", f"{get_int(layer, 'iw')},{get_int(layer, 'ih')}")
    preprocessing = photos.preprocessing_of(options, switches)
    paths, samples = photos.read_photos(options["images"], preprocessing, note)

    from spnn.run.board import load_twin

    photos.use_threads(options)
    twin = load_twin(graph)
    saved: dict[str, list[np.ndarray]] = {name: [] for name in graph.outputs()}
    for path, sample in zip(paths, samples, strict=True):
        found = twin.run(sample[None])
        for name, values in found.items():
            out(f"{path.name}  {name}: {_described(values[0])}")
            saved[name].append(values[0])
    if "output" in options:
        _save(options["output"], paths, saved)


def _described(values: np.ndarray) -> str:
    if values.size == values.shape[-1]:  # a vector, or the 1 x 1 x n that an Eltwise makes of it
        values = values.reshape(-1)
        best = np.argsort(-values, kind="stable")[:_SHOWN]
        return ", ".join(f"[{index}] {values[index]:.4f}" for index in best)
    extents = " x ".join(str(extent) for extent in reversed(values.shape))
    return f"{extents}, {values.min():.4f} to {values.max():.4f}, mean {values.mean():.4f}"


def _save(target: str, paths: Sequence[Path], saved: dict[str, list[np.ndarray]]) -> None:
    import io

    buffer = io.BytesIO()
    arrays: dict[str, Any] = {name: np.stack(values) for name, values in saved.items()}
    np.savez_compressed(buffer, photos=np.array([path.name for path in paths]), **arrays)
    write_together({target: buffer.getvalue()})
    note(f"wrote {target}: {', '.join(arrays)}")
