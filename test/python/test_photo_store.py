"""The folders are the truth: which photos are used, in which order, and which are left out."""

import io

import numpy as np
import pytest
import torch
from mai.data.augment import augment
from mai.data.images import index_photos
from mai.data.preprocess import PREPROCESS
from mai.data.store import load_photos
from mai.errors import MaiError
from photo_project import events_of, make_project, photo


def test_index_follows_the_folders(tmp_path, capsys):
    root = make_project(tmp_path, per_label=2, labels=("10", "9", "แมว"))
    dataset = root / "dataset"
    for extra in ("null", "unknown"):
        (dataset / extra).mkdir()
        photo(0, 1).save(dataset / extra / "a.png")
    (dataset / "9" / ".DS_Store").write_bytes(b"x")
    (dataset / "9" / "Thumbs.db").write_bytes(b"x")
    (dataset / "9" / "folder").mkdir()
    (dataset / "9" / "link.png").symlink_to(dataset / "null" / "a.png")
    photos = index_photos(dataset, ("10", "9", "แมว"))
    assert [(p.name, p.label) for p in photos] == [
        ("dataset/10/00.png", 0),
        ("dataset/10/01.png", 0),
        ("dataset/9/00.png", 1),
        ("dataset/9/01.png", 1),
        ("dataset/แมว/00.png", 2),
        ("dataset/แมว/01.png", 2),
    ]
    notices = events_of(capsys.readouterr().out)
    assert [(n["code"], n["folder"]) for n in notices] == [("folder_not_a_label", "unknown")]


def test_a_label_may_have_no_folder(tmp_path):
    root = make_project(tmp_path, per_label=1, labels=("a", "b"))
    assert {p.label for p in index_photos(root / "dataset", ("a", "b", "c"))} == {0, 1}


@pytest.mark.parametrize(("labels", "code"), [((), "too_few_labels"), (("a",), "too_few_labels")])
def test_one_label_cannot_be_told_from_another(tmp_path, labels, code):
    with pytest.raises(MaiError) as caught:
        index_photos(tmp_path, labels)
    assert caught.value.code == code


def test_no_dataset_folder(tmp_path):
    with pytest.raises(MaiError) as caught:
        index_photos(tmp_path / "dataset", ("a", "b"))
    assert caught.value.code == "dataset_missing"


def test_broken_photos_are_named_and_left_out(tmp_path, capsys):
    root = make_project(tmp_path, per_label=3)
    (root / "dataset/blue/00.png").write_bytes(b"no picture")
    (root / "dataset/red/99.png").write_bytes(b"")
    photos = index_photos(root / "dataset", ("blue", "red"))
    store = load_photos(photos, 32, tmp_path / "cache")
    (notice,) = events_of(capsys.readouterr().out)
    assert (notice["code"], notice["count"]) == ("photos_unreadable", 2)
    assert notice["names"] == ["dataset/blue/00.png", "dataset/red/99.png"]
    good = load_photos([p for p in photos if p.name not in notice["names"]], 32, tmp_path / "cache")
    assert store.photos == good.photos and store.digests == good.digests
    assert torch.equal(store.pixels, good.pixels)
    assert store.labels.tolist() == [0, 0, 1, 1, 1]


def test_beyond_the_memory_limit_the_pixels_lie_in_a_file_that_leaves_no_trace(tmp_path):
    root = make_project(tmp_path, per_label=3)
    (root / "dataset/blue/01.png").write_bytes(b"no picture")
    photos = index_photos(root / "dataset", ("blue", "red"))
    in_memory = load_photos(photos, 32, tmp_path / "cache")
    in_file = load_photos(photos, 32, tmp_path / "cache", memory_limit_bytes=1000)
    assert torch.equal(in_memory.pixels, in_file.pixels)
    assert list((tmp_path / "cache").iterdir()) == []


def test_preprocessing_is_the_boards_to_the_bit():
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 16, 16, 1).expand(1, 16, 16, 3)
    board = (np.arange(256, dtype=np.float32) - np.float32(127.5)) * np.float32(0.0078125)
    images = PREPROCESS(pixels)
    assert images.shape == (1, 3, 16, 16) and images.dtype == torch.float32
    assert np.array_equal(images[0, 1].flatten().numpy(), board)


def test_augmentation_is_seeded_keeps_the_range_and_mirrors_only_if_asked():
    images = PREPROCESS(torch.from_numpy(np.stack([np.asarray(photo(i % 2, i)) for i in range(16)])))
    images[..., :32] = -1  # dark on the left
    every = torch.ones(16, dtype=torch.bool)
    once = augment(images, torch.Generator().manual_seed(1), every)
    again = augment(images, torch.Generator().manual_seed(1), every)
    assert torch.equal(once, again) and once.shape == images.shape
    assert once.abs().max() <= 1 and not torch.equal(once, images)
    plain = augment(images, torch.Generator().manual_seed(1), ~every)

    def darker_left(batch):
        return (batch[..., :20].mean((1, 2, 3)) < batch[..., -20:].mean((1, 2, 3))).float().mean().item()

    assert darker_left(plain) == 1
    assert 0.2 < darker_left(once) < 0.8
    some = augment(images, torch.Generator().manual_seed(1), torch.arange(16) < 8)
    assert torch.equal(some, torch.cat([once[:8], plain[8:]]))  # the same draws, whoever is mirrored


def test_a_photo_may_come_as_an_open_file(tmp_path):
    from mai.data.decode import decode_square

    file = io.BytesIO()
    photo(0, 0).save(file, "PNG")
    assert decode_square(file, 8).shape == (8, 8, 3)
