"""Photos, boxes and sounds alike: copies are on one side of the split that the training uses, and it is said."""

import argparse

import pytest
import soundfile
import torch
from detection_project import add_photo, list_ids, squares_project
from mai.config import read_project
from mai.data.voc import index_voc
from mai.train.classification import choose_features, instant
from mai.train.classification import train as classification
from mai.train.detection import train as detection
from mai.train.engine.precision import Precision
from mai.train.voice import train as voice
from photo_project import events_of, make_project, train_args
from PIL import Image
from voice_project import make_project as make_sounds
from voice_project import write_clip


def codes(capsys):
    return [event["code"] for event in events_of(capsys.readouterr().out) if event["event"] == "notice"]


def sides(split, originals):
    """Of each sample's original (by row) the sides its copies are on."""
    held = set(split.validation)
    found = {}
    for row, original in enumerate(originals):
        found.setdefault(original, set()).add(row in held)
    return found.values()


def original_of(name):
    return name.rsplit("/", 1)[1].split(".")[0].removeprefix("z-")


def test_photos(tmp_path, capsys):
    root = make_project(tmp_path, per_label=8)
    for file in sorted((root / "dataset").rglob("*.png")):
        Image.open(file).save(file.with_name(f"z-{file.stem}.jpg"), quality=60)  # the noise in them changes most of all
    store, split, groups = classification._read_photos(read_project(root), train_args(root))
    names = [photo.name for photo in store.photos]
    assert groups.count() == 16 and len(split.validation) == 8
    assert all(len(each) == 1 for each in sides(split, [(n.split("/")[1], original_of(n)) for n in names]))
    assert "photos_of_few_scenes" in codes(capsys)


def test_boxes(tmp_path, capsys):
    root = squares_project(tmp_path / "boxes", photos=12)
    photos = root / "dataset/JPEGImages"
    for file in sorted(photos.glob("*.jpg")):
        Image.open(file).save(photos / f"z-{file.name}", quality=60)
        xml = (root / f"dataset/Annotations/{file.stem}.xml").read_text()
        (root / f"dataset/Annotations/z-{file.stem}.xml").write_text(xml)
    project, args = read_project(root), argparse.Namespace(seed=0)
    samples = index_voc(project.dataset, project.labels)
    split, groups = detection.split_photos(samples, project, args)
    assert groups.count() == 12 and 4 <= len(split.validation) <= 6
    assert all(len(each) == 1 for each in sides(split, [original_of(sample.name) for sample in samples]))
    assert "photos_of_few_scenes" in codes(capsys)

    list_ids(root, "train", [f"p{number:02}" for number in range(12)])
    list_ids(root, "val", [f"z-p{number:02}" for number in range(12)])
    split, groups = detection.split_photos(samples, project, args)
    assert len(split.train) == len(split.validation) == len(groups.twins(split.train, split.validation)) == 12
    assert "lists_share_scenes" in codes(capsys)


def test_a_photo_that_cannot_be_read_is_alike_to_none(tmp_path):
    root = squares_project(tmp_path / "boxes", photos=8)
    for name in ("broken", "gone"):
        add_photo(root, name, [("blue", 10, 10, 90, 90)])
    project = read_project(root)
    samples = index_voc(project.dataset, project.labels)
    (root / "dataset/JPEGImages/broken.jpg").write_bytes(b"\xff\xd8damaged")
    (root / "dataset/JPEGImages/gone.jpg").unlink()
    _, groups = detection.split_photos(samples, project, argparse.Namespace(seed=0))
    assert groups.count() == len(samples) == 10


def test_sounds(tmp_path, capsys):
    root = make_sounds(tmp_path, clips=6)
    for file in sorted((root / "dataset/sound").rglob("*.wav")):
        sound, rate = soundfile.read(file)
        write_clip(root, file.parent.name, f"z-{file.stem}", 0.5 * sound, rate)
    clips, split, groups = voice._read_clips(read_project(root), 0)
    assert groups.count() == 18
    assert all(len(each) == 1 for each in sides(split, [(n.split("/")[2], original_of(n)) for n in clips.names]))
    assert "clips_are_copies" in codes(capsys)


@pytest.mark.parametrize("kind", ["cross_validate", "second_look"])
def test_the_quick_model_asks_about_groups_it_has_not_seen(kind, tmp_path, monkeypatch, capsys):
    root = make_project(tmp_path, per_label=6)
    for file in sorted((root / "dataset").rglob("*.png")):
        Image.open(file).save(file.with_name(f"z-{file.stem}.jpg"), quality=60)
    project, args = read_project(root), train_args(root)
    store, split, groups = classification._read_photos(project, args)
    given = {}

    def keep(name):
        module = choose_features if name == "cross_validate" else instant
        real = getattr(module, name)

        def watched(*args):
            given[name] = args[-1]
            return real(*args)

        monkeypatch.setattr(module, name, watched)

    keep(kind)
    instant.train_instant(
        project,
        store,
        split,
        groups,
        cache=root / "cache",
        target=root / "instant/model.pth",
        precision=Precision(torch.device("cpu"), None),
        seed=0,
        started=0.0,
    )
    by_group = groups.groups.tolist()
    assert len(set(by_group)) < 24
    assert len({(group, key) for group, key in zip(by_group, given[kind].tolist(), strict=True)}) == len(set(by_group))
