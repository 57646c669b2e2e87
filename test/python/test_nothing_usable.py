"""Samples that are all there, and of which none can be used: the failure says so, and is no fault of the server."""

import pytest
from detection_project import squares_project as make_boxes
from mai.errors import MaiError
from mai.train.classification.photos import read_photos
from mai.train.detection.train import train_detection
from mai.train.voice.prepare import read_clips
from photo_project import make_project as make_photos
from photo_project import plan_of
from voice_project import make_project as make_sounds


def spoil(root, pattern):
    for file in root.glob(pattern):
        file.write_bytes(b"no picture and no sound")


@pytest.mark.parametrize(
    ("make", "pattern", "read", "label"),
    [
        (make_photos, "dataset/*/*.png", read_photos, "blue"),
        (make_photos, "dataset/red/0[1-7].png", read_photos, "red"),
        (make_sounds, "dataset/sound/*/*.wav", read_clips, "high"),
    ],
)
def test_it_names_the_label_and_how_many_cannot_be_used(tmp_path, make, pattern, read, label):
    root = make(tmp_path)
    spoil(root, pattern)
    with pytest.raises(MaiError) as caught:
        read(plan_of(root))
    assert caught.value.code == "too_few_usable"
    assert caught.value.params["label"] == label
    assert caught.value.params["total"] in (6, 8) and caught.value.params["count"] < caught.value.params["needed"]


def test_photos_with_boxes_that_cannot_be_opened_are_no_fault_of_the_server(tmp_path):
    root = make_boxes(tmp_path)
    spoil(root, "dataset/JPEGImages/*")
    with pytest.raises(MaiError) as caught:
        train_detection(plan_of(root))
    assert caught.value.code == "too_few_boxes"
