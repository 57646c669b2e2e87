"""Load the board's network of a converted model, whichever board it is for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mai.errors import MaiError

OUTPUT_NAME = "output0"
Twin = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def load_twin_of(folder: Path) -> Twin | None:
    """None before a conversion, and where this server cannot run the network. Raises MaiError `model_unreadable`."""
    for load in (_numpy_network, _plus_network, _int8_network):
        twin = load(folder)
        if twin is not None:
            return twin
    return None


def _numpy_network(folder: Path) -> Twin | None:
    """Of kidbright-mai, for sounds."""
    if not (folder / "model_cpu.npz").is_file():
        return None
    from mai.voice.runtime import forward, read_npz

    arrays, _ = read_npz(folder / "model_cpu.npz")
    return lambda x: forward(arrays, x)


def _plus_network(folder: Path) -> Twin | None:
    """Of kidbright-mai-plus: the integer network, in a process of its own that stays."""
    from mai.plus.environment import is_there
    from mai.plus.network import TWIN_FILE, PlusNetwork

    path = folder / TWIN_FILE
    return PlusNetwork(path) if path.is_file() and is_there() else None


def _int8_network(folder: Path) -> Twin | None:
    """Of kidbright-mai, for photos: integers."""
    param, binary = folder / "model_int8.param", folder / "model_int8.bin"
    if not (param.is_file() and binary.is_file()):
        return None
    from spnn.errors import SpnnError  # only where a board is asked
    from spnn.format.model_files import read_model
    from spnn.run.board import load_twin

    try:
        twin = load_twin(read_model(param, binary))
    except (SpnnError, OSError) as reason:
        raise MaiError("model_unreadable", reason=type(reason).__name__) from reason
    return lambda x: twin.run(x)[OUTPUT_NAME]
