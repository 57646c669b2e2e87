"""Photos, boxes and sounds alike: copies are on one side of the split that the training uses, and it is said."""

import pytest
import soundfile
import torch
from detection_project import add_photo, list_ids, squares_project
from mai.config import read_project
from mai.data.voc import index_voc
from mai.train.classification import choose_features, instant, suspects
from mai.train.classification.photos import read_photos
from mai.train.detection.prepare import split_photos
from mai.train.engine.precision import Precision
from mai.train.voice.prepare import read_clips
from photo_project import events_of, make_project, plan_of
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
    photos = read_photos(plan_of(root))
    assert photos.groups.count() == 16 and len(photos.split.validation) == 8
    originals = [(name.split("/")[1], original_of(name)) for name in photos.names]
    assert all(len(each) == 1 for each in sides(photos.split, originals))
    assert "photos_of_few_scenes" in codes(capsys)


def test_boxes(tmp_path, capsys):
    root = squares_project(tmp_path / "boxes", photos=12)
    photos = root / "dataset/JPEGImages"
    for file in sorted(photos.glob("*.jpg")):
        Image.open(file).save(photos / f"z-{file.name}", quality=60)
        xml = (root / f"dataset/Annotations/{file.stem}.xml").read_text()
        (root / f"dataset/Annotations/z-{file.stem}.xml").write_text(xml)
    project = read_project(root)
    samples = index_voc(project.dataset, project.labels)
    split, groups = split_photos(samples, project, 0)
    assert groups.count() == 12 and 4 <= len(split.validation) <= 6
    assert all(len(each) == 1 for each in sides(split, [original_of(sample.name) for sample in samples]))
    assert "photos_of_few_scenes" in codes(capsys)

    list_ids(root, "train", [f"p{number:02}" for number in range(12)])
    list_ids(root, "val", [f"z-p{number:02}" for number in range(12)])
    split, groups = split_photos(samples, project, 0)
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
    _, groups = split_photos(samples, project, 0)
    assert groups.count() == len(samples) == 10


def test_sounds(tmp_path, capsys):
    root = make_sounds(tmp_path, clips=6)
    for file in sorted((root / "dataset/sound").rglob("*.wav")):
        sound, rate = soundfile.read(file)
        write_clip(root, file.parent.name, f"z-{file.stem}", 0.5 * sound, rate)
    clips = read_clips(plan_of(root))
    assert clips.groups.count() == 18
    originals = [(name.split("/")[2], original_of(name)) for name in clips.set.names]
    assert all(len(each) == 1 for each in sides(clips.split, originals))
    assert "clips_are_copies" in codes(capsys)


@pytest.mark.parametrize("kind", ["cross_validate", "second_look"])
def test_the_quick_model_asks_about_groups_it_has_not_seen(kind, tmp_path, monkeypatch, capsys):
    root = make_project(tmp_path, per_label=6)
    for file in sorted((root / "dataset").rglob("*.png")):
        Image.open(file).save(file.with_name(f"z-{file.stem}.jpg"), quality=60)
    plan = plan_of(root)
    photos = read_photos(plan)
    given = {}

    def keep(name):
        module = {"cross_validate": choose_features, "second_look": suspects}.get(name, instant)
        real = getattr(module, name)

        def watched(*args):
            given[name] = args[-1]
            return real(*args)

        monkeypatch.setattr(module, name, watched)

    keep(kind)
    instant.train_instant(plan, photos, Precision(torch.device("cpu"), None))
    by_group = photos.groups.groups.tolist()
    assert len(set(by_group)) < 24
    assert len({(group, key) for group, key in zip(by_group, given[kind].tolist(), strict=True)}) == len(set(by_group))
