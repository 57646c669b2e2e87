"""Hold one model folder in memory: the trained network and, after a conversion, the board's network."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mai.errors import MaiError
from mai.infer.together import together
from mai.infer.twins import Twin, load_twin_of
from mai.models.registry import LoadedModel, load_model
from mai.models.shape import input_shape


@dataclass
class Loaded:
    """The trained network is read at once, the board's at its first use."""

    folder: Path
    trained: LoadedModel

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of the network's input."""
        return input_shape(self.trained)

    def run(self, x: Tensor) -> NDArray[np.float32]:
        """Output of the trained network for float32 (n, C, H, W)."""
        with torch.inference_mode():
            return self.trained.module(x).float().contiguous().numpy()

    def answers(self, x: Tensor, board: bool) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Outputs of the trained network and of the board's, which is None before a conversion and unless asked for."""
        twin = self.twin if board else None
        if twin is None:
            return self.run(x), None
        values = x.contiguous().numpy()
        return together(lambda: self.run(x), lambda: twin(values))

    @cached_property
    def twin(self) -> Twin | None:
        """The board's network, or None before a conversion."""
        return load_twin_of(self.folder)

    @cached_property
    def board_threshold(self) -> float | None:
        """The score threshold that the conversion chose for a detector on the board."""
        return self._reported("threshold")

    @cached_property
    def unknown_below(self) -> float | None:
        """The score below which an answer is none of the labels (mai.quality.unknown); None before a conversion."""
        return self._reported("unknown_float", "threshold")

    @cached_property
    def board_unknown_below(self) -> float | None:
        """The same for the board's network."""
        return self._reported("unknown", "threshold")

    def _reported(self, *keys: str) -> float | None:
        """A number of the conversion's report; None where it has none."""
        try:
            value = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))["conversion"]
            for key in keys:
                value = value[key]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return float(value) if isinstance(value, (int, float)) else None


def load(folder: Path) -> Loaded:
    """Raises MaiError `model_missing`, `model_format`, `model_unreadable`."""
    try:
        trained = load_model(folder / "model.pth")
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as reason:
        raise MaiError("model_unreadable", reason=type(reason).__name__) from reason
    if trained.project_type != "VOICE_CLASSIFICATION":
        # As photos lie in memory: torch would otherwise bring the weights into this order for every photo.
        trained.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in its types
    return Loaded(folder, trained)
