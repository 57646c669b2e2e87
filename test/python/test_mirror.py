"""Photos are mirrored for practice only where no label becomes another one, asked per label and out of fold."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from detection_project import add_photo, write_project
from mai.data.detection_store import load_frames
from mai.data.voc import index_voc
from mai.models.weights import SUBSTITUTE, Start, bundled_state
from mai.train.classification.decisions import Decisions, read_decisions, save_decisions
from mai.train.classification.recipe import PhotoBatches
from mai.train.detection import mirror as detection_mirror
from mai.train.detection.mirror import MirrorChoice, ask_boxes, box_crops
from mai.train.engine.precision import Precision
from mai.train.features import mirror
from mai.train.features.linear_head import answer_unseen
from mai.train.features.mirror import kept_labels, labels_that_mirror, spread_over_labels
from mai.train.features.photo_features import feature_network
from mai.train.plan.plan import plan_for
from photo_project import events_of
from PIL import Image
from truth_parts import figures  # noqa: F401 - puts tools/bench on the path

from truth.arrows import draw_arrows  # isort: skip

pytestmark = pytest.mark.usefixtures("one_thread")
CPU = Precision(torch.device("cpu"), None)


def asked(features, mirrored, labels, classes, folds=None):
    folds = torch.arange(len(labels)) % 5 if folds is None else folds
    return kept_labels(*answer_unseen(features, mirrored, labels, classes, folds, 0.003), labels, folds, classes)


def kinds(classes, each, seed=0, noise=0.5):
    """Features whose first `classes` numbers say the kind, in random order of the samples; and the labels."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(classes).repeat(each)[torch.randperm(classes * each, generator=rng)]
    return torch.eye(classes)[labels] + noise * torch.randn(len(labels), classes, generator=rng), labels


def swapped(features, first, second):
    order = list(range(features.shape[1]))
    order[first], order[second] = second, first
    return features[:, order]


def test_a_mirrored_pair_among_ten_labels_is_found_and_the_others_are_kept():
    features, labels = kinds(10, 12, noise=0.2)
    assert asked(features, swapped(features, 3, 7), labels, 10) == tuple(i not in (3, 7) for i in range(10))
    assert all(asked(features, features, labels, 10))


def test_a_label_that_becomes_another_one_is_found_where_that_one_stays():
    features, labels = kinds(3, 12, noise=0.2)
    one_way = torch.where((labels == 0)[:, None], swapped(features, 0, 1), features)
    assert asked(features, one_way, labels, 3) == (False, True, True)


def test_what_becomes_no_other_label_in_a_mirror_is_kept():
    """A mug with its handle on the other side is still the mug."""
    features, labels = kinds(3, 20, noise=0.2)
    rng = torch.Generator().manual_seed(1)
    assert all(asked(features, features * 0.8 + 0.2 * torch.randn(features.shape, generator=rng), labels, 3))


@pytest.mark.parametrize("seed", range(5))
def test_labels_that_nothing_tells_apart_are_in_doubt(seed):
    """A head that had seen these would know them all by heart, mirrored or not."""
    rng = torch.Generator().manual_seed(seed)
    noise = torch.randn(40, 400, generator=rng)
    assert asked(noise, noise, torch.arange(40) % 2, 2) == (False, False)


@pytest.mark.parametrize("scattered", [0.0, 2.0])
def test_fewer_than_four_pictures_say_nothing_and_spoil_no_other(scattered):
    features, labels = kinds(3, 12, noise=0.1)
    few = (labels != 2) | (torch.arange(36) < torch.nonzero(labels == 2)[3])
    noise = scattered * torch.randn(36, 3, generator=torch.Generator().manual_seed(1))
    features = torch.where((labels == 2)[:, None], features + noise, features)[few]
    assert asked(features, features, labels[few], 3) == (True, True, False)


@pytest.mark.parametrize(("few", "kept"), [(3, False), (4, True)])
def test_three_pictures_are_too_few_however_sure_the_heads_are(few, kept):
    labels = torch.tensor([0] * 12 + [1] * few)
    answers = torch.tensor([[0.9, 0.1], [0.1, 0.9]]).log()[labels]
    assert kept_labels(answers, answers, labels, torch.arange(len(labels)) % 5, 2) == (True, kept)


def test_a_label_of_one_scene_says_nothing_and_spoils_no_other():
    """All of its pictures are in one fold, whose head knows no such label."""
    features, labels = kinds(3, 12, noise=0.1)
    folds = torch.where(labels == 2, 0, torch.arange(36) % 5)
    assert asked(features, features, labels, 3, folds) == (True, True, False)


def test_one_label_alone_has_none_it_could_be_taken_for():
    pictures = torch.zeros(5, 112, 112, 3, dtype=torch.uint8)
    labels = torch.ones(5, dtype=torch.int64)
    assert labels_that_mirror(torch.nn.Identity(), pictures, labels, torch.arange(5), 3, CPU, 0) == (True,) * 3


def test_asked_is_about_some_of_every_label():
    labels = torch.cat([torch.zeros(500), torch.ones(6), torch.full((40,), 2.0)]).long()
    rows = spread_over_labels(labels)
    assert labels[rows].bincount().tolist() == [32, 6, 32]
    assert rows[:32].diff().float().mean() > 15  # from the whole of a label's photos
    assert len(spread_over_labels(torch.arange(50).repeat(20))) == 50 * 8


@pytest.fixture(scope="module")
def network():
    return feature_network(Start(SUBSTITUTE, "imagenet", bundled_state()), CPU.device)


def arrow_frames(folder, directions, each):
    """Frames of drawn arrows, as a training has them."""
    project, labels = write_project(folder, labels=directions), sorted(directions)
    drawn = draw_arrows(np.random.default_rng(4), directions, each)
    for row, (pixels, box) in enumerate(zip(drawn.pixels, drawn.boxes.round().astype(int), strict=True)):
        add_photo(project, f"{row:03}", [(directions[drawn.labels[row]], *box)], size=(320, 240))
        Image.fromarray(pixels).save(project / f"dataset/JPEGImages/{row:03}.jpg", quality=95)
    return load_frames(index_voc(project / "dataset", labels), folder), labels


def test_arrows_in_boxes_to_the_left_and_right_are_a_pair_and_those_up_and_down_are_none(tmp_path):
    frames, labels = arrow_frames(tmp_path / "p", ("left", "right", "up", "down"), 10)
    mirrors = dict(zip(labels, ask_boxes(frames, 4, CPU, 0), strict=True))
    assert mirrors == {"down": True, "left": False, "right": False, "up": True}


def test_big_arrows_among_other_photos_are_a_pair(network):
    """As in classification: the whole photo, and labels beside them that are none."""
    drawn = draw_arrows(np.random.default_rng(2), ("left", "right", "up", "down"), 16)
    pictures = []
    for pixels, (x1, y1, x2, y2) in zip(drawn.pixels, drawn.boxes, strict=True):
        x, y, half = (x1 + x2) / 2, (y1 + y2) / 2, max(x2 - x1, y2 - y1) * 0.7
        cut = Image.fromarray(pixels).crop((int(x - half), int(y - half), int(x + half), int(y + half)))
        pictures.append(np.asarray(cut.resize((mirror.SIDE, mirror.SIDE), Image.Resampling.BILINEAR)))
    labels = torch.from_numpy(drawn.labels)
    found = labels_that_mirror(
        network, torch.from_numpy(np.stack(pictures)), labels, torch.arange(len(labels)), 4, CPU, 0
    )
    assert found == (False, False, True, True)


@pytest.mark.parametrize(("frames_apart", "mirrors"), [(True, (True, True)), (False, (False, False))])
def test_frames_of_one_scene_are_not_asked_of_a_head_that_knows_the_scene(network, frames_apart, mirrors):
    """Scenes that mean nothing, each under one of two labels: one who knows them takes them for meaningful."""
    rng = np.random.default_rng(0)
    scenes = np.stack([np.asarray(Image.fromarray(rng.integers(0, 255, (7, 7, 3), dtype=np.uint8)).resize((112, 112)))
                       for _ in range(8)])  # fmt: skip
    scenes = np.maximum(scenes, scenes[:, :, ::-1])  # the same in a mirror
    of_scene = torch.arange(8).repeat(4)
    groups = torch.arange(32) if frames_apart else of_scene
    pictures = torch.from_numpy(scenes)[of_scene]
    assert labels_that_mirror(network, pictures, of_scene % 2, groups, 2, CPU, 0) == mirrors


@pytest.fixture
def frames(tmp_path):
    """Photos with blue alone, with red alone, with both, with neither, and with red that is not asked for."""
    project = write_project(tmp_path / "p")
    blue, red = ("blue", 20, 20, 70, 70), ("red", 90, 90, 140, 150)
    for name, boxes in (("a", [blue]), ("b", [red]), ("c", [blue, red]), ("d", []), ("e", [blue, red])):
        add_photo(project, name, boxes)
    photos = index_voc(project / "dataset", ("blue", "red"))
    photos[4] = replace(photos[4], boxes=photos[4].boxes[:1], classes=photos[4].classes[:1],
                        ignored=photos[4].boxes[1:], ignored_classes=photos[4].classes[1:])  # fmt: skip
    return load_frames(photos, tmp_path)


def test_boxes_of_one_photo_are_of_one_scene(frames, monkeypatch):
    seen = []
    monkeypatch.setattr(detection_mirror, "labels_that_mirror", lambda *args: seen.append(args) or (True, True))
    ask_boxes(frames, 2, CPU, 0)
    assert seen[0][2].tolist() == [0, 0, 0, 1, 1] and seen[0][3].tolist() == [0, 2, 4, 1, 2]


def choice(frames, folder, fingerprint="f", resumes=False):
    """`folder` holds the checkpoints, and the project of `frames`."""
    return MirrorChoice(plan_for(folder / "p", checkpoints=folder, resume=resumes), frames, CPU, fingerprint)


def test_a_photo_is_mirrored_if_all_labels_in_it_may_be_and_never_in_the_first_epoch(
    tmp_path, frames, monkeypatch, capsys
):
    monkeypatch.setattr(detection_mirror, "ask_boxes", lambda *_: (True, False))
    made = choice(frames, tmp_path)
    assert made.photos(1).tolist() == [False] * 5 and made.per_label() == {"blue": False, "red": False}
    assert capsys.readouterr().out == ""
    assert made.photos(2).tolist() == [True, False, False, True, True]
    assert made.photos(9).tolist() == made.photos(2).tolist() and made.per_label() == {"blue": True, "red": False}
    (sent,) = events_of(capsys.readouterr().out)
    assert (sent["code"], sent["count"], sent["names"]) == ("labels_not_mirrored", 1, "red")


def test_a_resumed_detector_mirrors_as_it_did_and_another_one_asks_again(tmp_path, frames, monkeypatch):
    monkeypatch.setattr(detection_mirror, "ask_boxes", lambda *_: (False, True))
    choice(frames, tmp_path).ask()
    monkeypatch.setattr(detection_mirror, "ask_boxes", lambda *_: (True, True))
    assert choice(frames, tmp_path, resumes=True).per_label() == {"blue": False, "red": True}
    assert choice(frames, tmp_path, resumes=True).ask() == (False, True)
    assert choice(frames, tmp_path, "other", resumes=True).ask() == (True, True)
    choice(frames, tmp_path).ask()
    (tmp_path / "decisions.json").write_text("damaged")
    assert choice(frames, tmp_path, resumes=True).ask() == (True, True)


def test_crops_show_what_is_in_the_box_and_black_beyond_the_photo(tmp_path):
    project = write_project(tmp_path / "p")
    for name in "ab":
        add_photo(project, name, [("red", 0, 60, 40, 180)], size=(224, 224))
    store = load_frames(index_voc(project / "dataset", ("blue", "red")), tmp_path)
    (crop,) = box_crops(store, torch.tensor([0]), torch.tensor([0])).float()  # 120 pixels from −40 to 80
    assert crop.shape == (112, 112, 3) and crop[5:-5, :36].max() < 10
    assert crop[5:-5, 40:72].mean((0, 1)).tolist() == pytest.approx([230, 40, 40], abs=12)
    assert crop[5:-5, 78:].mean((0, 1)).tolist() == pytest.approx([110, 110, 110], abs=20)


@pytest.mark.parametrize(("saved", "read"), [
    (True, (True,) * 3), (False, (False,) * 3), ([True, False, True], (True, False, True)),
])  # fmt: skip
def test_decisions_of_before_and_of_now_are_read(tmp_path, saved, read):
    save_decisions(tmp_path, Decisions("resnet18", SUBSTITUTE, "imagenet", (True, False, True), {}))
    file = Path(tmp_path / "decisions.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"mirrors": saved}))
    assert read_decisions(tmp_path).mirrors_of(3) == read


def test_photos_for_practice_are_mirrored_by_their_label_and_not_by_their_row():
    pixels = torch.zeros(40, 8, 8, 3, dtype=torch.uint8)
    pixels[:, :, :4] = 255  # bright on the left
    labels = torch.arange(40) % 2
    rows = torch.arange(39, -1, -1)[:37]
    batches = PhotoBatches(pixels, labels, rows, CPU.device, (True, False))
    mirrored = {0: 0, 1: 0}
    for seed in range(4):
        for images, which in batches.epoch(8, torch.Generator().manual_seed(seed)):
            dark_left = images[..., :3].mean((1, 2, 3)) < images[..., -3:].mean((1, 2, 3))
            for label in (0, 1):
                mirrored[label] += int(dark_left[which == label].sum())
    assert 20 < mirrored[0] < 60 and mirrored[1] == 0
