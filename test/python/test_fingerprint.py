"""A training that an older server began is resumed: its checkpoint's fingerprint stays what it was."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mai.config import Project, train_config
from mai.data.images import Photo
from mai.data.split import Split
from mai.data.voc import AnnotatedPhoto
from mai.train.classification.decisions import Decisions
from mai.train.classification.photos import Photos
from mai.train.classification.prepare import fingerprint as fingerprint_of_photos
from mai.train.detection.prepare import fingerprint as fingerprint_of_boxes
from mai.train.engine.fingerprint import fingerprint_of
from mai.train.plan.plan import plan_in
from mai.train.voice.prepare import fingerprint as fingerprint_of_clips

SPLIT = Split((0, 2), (1,))


def project_of(kind):
    config, _ = train_config(kind, {"epochs": "12", "earlyStopping": 3, "modelType": "resnet18"})
    return Project(Path("p"), "p", "แมว", kind, ("cat", "หมา"), "kidbright-mai", config)


def photos(project, seed=0):
    store = SimpleNamespace(
        photos=[Photo(Path("x"), f"dataset/cat/{name}.jpg", 0) for name in "abc"], digests=["d1", "d2", "d3"]
    )
    decisions = Decisions("resnet18", "mobilenet-10", "random", True, {})
    return fingerprint_of_photos(plan_in(Path(), project, seed=seed), Photos(store, SPLIT, None), decisions)


def boxes(project, seed=0):
    drawn = np.array([[1, 2, 30.5, 40]], np.float32)
    samples = [AnnotatedPhoto("a", SizedFile(100), "a.jpg", 160, 120, drawn, np.array([1]))] * 3
    return fingerprint_of_boxes(plan_in(Path(), project, seed=seed), "slim_yolo_v2", samples, SPLIT)


class SizedFile:
    """Stands for the path of a file of so many bytes."""

    def __init__(self, size):
        self.stat = lambda: SimpleNamespace(st_size=size)


def clips(project, seed=0):
    found = SimpleNamespace(samples=np.arange(12, dtype="<i2").reshape(3, 4), names=("a.wav", "b.wav", "c.wav"))
    return fingerprint_of_clips(plan_in(Path(), project, seed=seed), found, SPLIT)


KINDS = [
    (photos, "IMAGE_CLASSIFICATION", "ba29c9c06a5e025dcf9636aca5578d44c73b4f78ec7edf14c12da14767f5e010"),
    (boxes, "OBJECT_DETECTION", "1f174ecaa36991295494f855c1f1ffdf35d9cd67625d95e1aae2ad0a2066709c"),
    (clips, "VOICE_CLASSIFICATION", "8cd8434f58d0914d62d62e77745fe90579f20cdeba1571e5c9d4599e40c08e2f"),
]


@pytest.mark.parametrize(("fingerprint", "kind", "known"), KINDS)
def test_each_recipe_has_the_fingerprint_that_it_always_had(fingerprint, kind, known):
    assert fingerprint(project_of(kind)) == known


@pytest.mark.parametrize(("fingerprint", "kind", "known"), KINDS)
def test_what_changes_weights_changes_it_and_early_stopping_does_not(fingerprint, kind, known):
    project = project_of(kind)
    changes = {"epochs": 13, "batch_size": 8, "learning_rate": 0.1, "save_method": "last", "metric": "val_loss"}
    others = [replace(project, train=replace(project.train, **{name: value})) for name, value in changes.items()]
    others.append(replace(project, labels=("cat", "dog")))
    found = {fingerprint(project), fingerprint(project, seed=1), *map(fingerprint, others)}
    assert len(found) == 2 + len(others)
    assert fingerprint(replace(project, train=replace(project.train, early_stopping=0))) == known


def test_the_order_of_the_parts_counts():
    assert fingerprint_of("a", "b") != fingerprint_of("b", "a") != fingerprint_of("ba")
