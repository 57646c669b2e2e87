"""The input shape of a trained network."""

from __future__ import annotations

from mai.data.preprocess import PREPROCESS
from mai.models.registry import LoadedModel
from mai.voice.features import CHANNELS, MELS


def input_shape(model: LoadedModel) -> tuple[int, int, int]:
    """(C, H, W): the square photo, or the features of a clip as wide as the model was trained on."""
    if model.project_type == "VOICE_CLASSIFICATION":
        return CHANNELS, MELS, int(model.arch["frames"])
    return 3, PREPROCESS.size, PREPROCESS.size
