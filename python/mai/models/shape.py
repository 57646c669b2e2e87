"""The input shape of a trained network."""

from __future__ import annotations

from mai.data.preprocess import PREPROCESS
from mai.models.detectors import detector_of
from mai.models.registry import LoadedModel
from mai.voice.features import CHANNELS, MELS


def input_shape(model: LoadedModel) -> tuple[int, int, int]:
    """(C, H, W): what the network sees of a photo, or the features of a clip as wide as the model was trained on."""
    if model.project_type == "VOICE_CLASSIFICATION":
        return CHANNELS, MELS, int(model.arch["frames"])
    if model.project_type == "OBJECT_DETECTION":
        return 3, *detector_of(model.name).size
    return 3, PREPROCESS.size, PREPROCESS.size
