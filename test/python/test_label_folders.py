"""Whatever a pupil calls a label: its photos and its sounds are found in its folder, and no other's."""

import json
import unicodedata
import zipfile
from pathlib import Path

import pytest
from mai import events
from mai.config import read_project
from mai.data.images import index_photos
from mai.data.stored_name import distinct_name, stored_name
from mai.data.voice_clips import index_clips
from mai.errors import MaiError
from mai.models.labels_file import write_labels
from mai.train.plan.board_program import notify_breaking_labels

SHARED = Path(__file__).resolve().parents[3] / "shared"
KINDS = {"photos": (index_photos, "dataset"), "sounds": (index_clips, "dataset/sound")}


@pytest.fixture
def notices(monkeypatch):
    """code → its fields, of every notice notices."""
    notices = {}
    monkeypatch.setattr(events, "emit", lambda event, **fields: notices.__setitem__(fields["code"], fields))
    return notices


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def add(root, folder, label, *ids):
    for name in ids:
        file = root / folder / label / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def ids_of(root, kind, labels):
    """The ids found of each label."""
    index, _ = kind
    found = {label: [] for label in labels}
    for file in index(root / "dataset", labels):
        found[labels[file.label]].append(file.path.stem)
    return {label: sorted(ids) for label, ids in found.items()}


@pytest.mark.parametrize("labels", [
    ("1/2", "3/4"), ("on/off", "off"), ("1", "1/2"), ("a/b/c", "a/b", "a"), ("A", "a"), ("cat", "cat "),
    (" cat", "cat"),
    ("a\nb", "a b"), ("undefined", "constructor"), ("__proto__", "toString"), ("JPEGImages", "Annotations"),
    ("sound", "mfcc"), ("dataset", "project.json"), ('"', "\\"), ("salt & pepper", "<b>"), ("🐱", "🐶"), ("1", "2"),
    ("แมว", "หมา"), ("é", "e\u0301"), tuple(f"label {n}" for n in range(60)), ("null/x", "y"), ("*", "?"),
], ids=ascii)  # fmt: skip
def test_every_label_finds_its_own(tmp_path, notices, kind, labels):
    for number, label in enumerate(labels):
        add(tmp_path, kind[1], label, f"{number}a", f"{number}b")
    assert ids_of(tmp_path, kind, labels) == {label: [f"{n}a", f"{n}b"] for n, label in enumerate(labels)}
    assert not notices


def test_a_label_of_slashes_alone_is_the_folder_itself(tmp_path, notices, kind):
    add(tmp_path, kind[1], "", "own")
    add(tmp_path, kind[1], "b", "other")
    assert ids_of(tmp_path, kind, ("/", "b")) == {"/": ["own"], "b": ["other"]}
    assert not notices


def test_names_of_another_form_or_too_long_are_found(tmp_path, notices, kind):
    labels = ("é", "x" * 200, "แมว" * 60, "ก/" + "แมว" * 60)
    for label, stored in zip(labels, (unicodedata.normalize("NFD", "é"), "x" * 200, *[
        "/".join(stored_name(part) for part in label.split("/")) for label in labels[2:]
    ]), strict=True):  # fmt: skip
        add(tmp_path, kind[1], stored, label[:1])
    assert ids_of(tmp_path, kind, labels) == {label: [label[:1]] for label in labels}
    assert not notices


def test_folders_of_no_label_are_named_with_their_way(tmp_path, monkeypatch, kind):
    for label in ("a", "b", "1/2", "1/old", "null", "null/deep"):
        add(tmp_path, kind[1], label, "0")
    (tmp_path / kind[1] / "link").symlink_to(tmp_path / kind[1] / "a")
    seen = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: seen.append(fields["folder"]))
    assert ids_of(tmp_path, kind, ("a", "b", "1/2")) == {"a": ["0"], "b": ["0"], "1/2": ["0"]}
    assert seen == ["1/old"]


def test_a_label_called_null_shares_its_folder_with_what_has_no_label(tmp_path, notices, kind):
    add(tmp_path, kind[1], "null", "mine", "other", "lost")
    add(tmp_path, kind[1], "b", "0")
    assert ids_of(tmp_path, kind, ("b", "null"))["null"] == ["lost", "mine", "other"]
    assert notices.pop("label_folder_shared")["label"] == "null"
    data = [{"id": "mine", "class": "null"}, {"id": "other", "class": None}, {"id": "lost", "class": None}, 7, {}]
    (tmp_path / "dataset.json").write_text(json.dumps({"data": data}))
    assert ids_of(tmp_path, kind, ("b", "null"))["null"] == ["mine"]
    assert not notices  # dataset.json left no doubt
    assert ids_of(tmp_path, kind, ("b", "c")) == {"b": ["0"], "c": []}


def test_labels_that_share_a_folder_are_told_apart_by_dataset_json(tmp_path, notices, kind):
    add(tmp_path, kind[1], "on", "0", "1", "2")
    data = [{"id": "0", "class": "on"}, {"id": "1", "class": "on/"}, {"id": "2", "class": "on/"}]
    (tmp_path / "dataset.json").write_text(json.dumps({"data": data}))
    assert ids_of(tmp_path, kind, ("on", "on/")) == {"on": ["0"], "on/": ["1", "2"]}
    assert not notices


def test_names_are_found_in_the_form_that_the_server_stores(tmp_path, notices, kind):
    labels = ("A", "a", "cat", "cat ", "CON", 'say "hi"', "back\\slash", "two\nlines", "on", "on/off?", "null")
    for label in labels:
        stored = distinct_name(label) if label in ("a", "cat ") else "/".join(map(stored_name, label.split("/")))
        add(tmp_path, kind[1], stored, label[-1].upper() if label in "Aa" else "x")
    add(tmp_path, kind[1], "null", distinct_name("X"))
    data = [{"id": "x", "class": "null"}, {"id": "X", "class": None}]
    (tmp_path / "dataset.json").write_text(json.dumps({"data": data}))
    assert ids_of(tmp_path, kind, labels) == {label: ["A" if label in "Aa" else "x"] for label in labels}
    assert not notices


@pytest.mark.parametrize(("label", "folder"), [("cat", "Cat"), ("cat ", "cat"), ("a b", "a  b"), ("On/off", "on/Off")])
def test_a_label_without_files_is_notified_of_the_folder_that_is_nearly_its(tmp_path, notices, kind, label, folder):
    add(tmp_path, kind[1], folder, "0", "1")
    add(tmp_path, kind[1], "dog", "2", "3")
    with pytest.raises(MaiError) as caught:
        ids_of(tmp_path, kind, (label, "dog"))
    assert (caught.value.code, caught.value.params) == ("label_folder_differs", {"label": label, "folder": folder})


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not there")
@pytest.mark.parametrize(("case", "labels"), [("07_label_slash", ("1/2", "3/4")), ("08_labels_A_and_a", ("A", "a"))])
def test_the_cases_with_odd_labels(tmp_path, notices, case, labels):
    zipfile.ZipFile(SHARED / "cases" / f"{case}.zip").extractall(tmp_path)
    assert read_project(tmp_path).labels == labels
    assert ids_of(tmp_path, KINDS["photos"], labels) == {
        label: [f"{number}{n:02}" for n in range(6)] for label, number in zip(labels, ("00", "01"), strict=True)
    }
    assert not notices


def test_labels_that_break_the_boards_program_are_named(tmp_path, notices):
    labels = ["cat", 'say "hi"', "back\\slash", "two\nlines", "it's", "1/2", "tab\t"]
    document = {"projectType": "IMAGE_CLASSIFICATION", "labels": [{"label": label} for label in labels]}
    (tmp_path / "project.json").write_text(json.dumps(document))
    notify_breaking_labels(read_project(tmp_path))
    assert notices["label_breaks_program"]["names"] == 'back\\slash, say "hi", two lines'
    assert notices["label_breaks_program"]["count"] == 3


def test_labels_txt_has_a_line_for_every_class(tmp_path):
    labels = ("a\nb", "cat ", "x\r\ny", "\n", "z\u2028z", "แมว", "é")
    write_labels(tmp_path, labels)
    text = (tmp_path / "labels.txt").read_text(encoding="utf-8")
    assert text.split("\n") == ["a b", "cat ", "x y", " ", "z z", "แมว", "é", ""]
    assert len(text.splitlines()) == len(labels)
