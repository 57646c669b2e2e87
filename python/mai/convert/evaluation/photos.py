"""Read the photos of a classification project as network inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mai.convert.evaluation.classification import ClassificationEvaluation
from mai.convert.evaluation.folder_labels import UNKNOWN, FolderLabels
from mai.convert.evaluation.samples import Samples
from mai.data.groups import photo_scenes
from mai.data.images import Photo
from mai.data.preprocess import PREPROCESS
from mai.data.store import load_photos


def photo_evaluation(project: Path, labels: Sequence[str], scratch: Path) -> ClassificationEvaluation:
    """`project` is the folder that the names are relative to; `scratch` takes what does not fit in memory."""
    label_of = FolderLabels(project, "dataset", labels)

    def load(names: Sequence[str]) -> Samples:
        photos = [Photo(project / name, name, label_of(name)) for name in names if label_of(name) != UNKNOWN]
        store = load_photos(photos, PREPROCESS.size, scratch)
        inputs = PREPROCESS(store.pixels).contiguous().numpy()
        return Samples(
            names=tuple(photo.name for photo in store.photos),
            inputs=np.ascontiguousarray(inputs),
            truths=tuple(photo.label for photo in store.photos),
            scenes=photo_scenes(store.pixels),
        )

    return ClassificationEvaluation(labels, load, label_of)
