"""Read the clips of a voice project as network inputs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mai.convert.evaluation.classification import ClassificationEvaluation
from mai.convert.evaluation.folder_labels import UNKNOWN, FolderLabels
from mai.convert.evaluation.samples import Samples
from mai.data.audio import ClipError, read_clip
from mai.data.voice_copies import group_clips
from mai.data.voice_window import fit
from mai.voice.features import features, network_input


def clip_evaluation(project: Path, labels: Sequence[str], frames: int) -> ClassificationEvaluation:
    """`frames`: the width of the features that the network was trained on."""
    label_of = FolderLabels(project, "dataset/sound", labels)

    def load(names: Sequence[str]) -> Samples:
        kept, clips = [], []
        for name in names:
            if label_of(name) == UNKNOWN:
                continue
            try:
                clips.append(fit(read_clip(project / name).samples, frames))
                kept.append(name)
            except ClipError as reason:  # the training has already sent a notice
                print(f"{name}: {reason}", file=sys.stderr)  # noqa: T201 - people's text
        signals = np.stack(clips) if clips else np.empty((0, 0), np.int16)
        inputs = network_input(features(signals)) if clips else np.empty((0, 3, 40, frames), np.float32)
        scenes = group_clips(signals, [0] * len(clips), 50).scenes.tolist()
        return Samples(tuple(kept), inputs, tuple(label_of(name) for name in kept), tuple(scenes))

    return ClassificationEvaluation(labels, load, label_of)
