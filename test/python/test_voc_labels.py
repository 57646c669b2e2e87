"""Whatever a pupil calls a thing to be found: its boxes are read under that name, with no notice."""

import json
import unicodedata
import zipfile
from pathlib import Path

import pytest
from detection_project import add_photo, voc_xml, write_project
from mai.data.voc import index_voc

SHARED = Path(__file__).resolve().parents[3] / "shared"
EDGES = (10, 10, 60, 60)


def read_back(folder, labels, written=None, dataset_json=None):
    """Two photos a label, `written[i]` in the XML of label i; returns the label that each box is read as."""
    write_project(folder, labels)
    for number, label in enumerate(labels):
        for copy in "ab":
            text = label if written is None else written[number]
            add_photo(folder, f"p{number:02}{copy}", [], xml=voc_xml([(text, *EDGES)]))
    if dataset_json is not None:
        (folder / "dataset.json").write_text(json.dumps(dataset_json), encoding="utf-8")
    return [[labels[index] for index in sample.classes] for sample in index_voc(folder / "dataset", labels)]


def twice_each(labels):
    return [[label] for label in labels for _ in "ab"]


LABELS = [
    ("dog", "salt & pepper"), ("a < b", "a > b"), ("<", ">"), ("&", "<&>"), ("dog", "<b>dog</b>"), ("R&D", "R & D"),
    ("&lt;", "x"), ("&#65;", "b"), ("A", "a"), ("cat", "cat "), (" cat", "cat"), ("a\nb", "a b"), ("\t", "x"),
    ("null", "undefined"), ("__proto__", "constructor"), ("Annotations", "JPEGImages"), ('"', "\\"), ("1", "1/2"),
    ("แมว", "หมา"), ("🐱", "🐶"), ("</n>", "<!-- x -->"), ("]]>", "<![CDATA["), ("a<name>b", "c"),
    ("é", "e\u0301"), tuple(f"label {n}" for n in range(60)), ("x" * 200, "x" * 199 + "y"),
]  # fmt: skip


@pytest.mark.parametrize("labels", LABELS, ids=ascii)
def test_names_are_read_as_the_ide_writes_them(tmp_path, notices, labels):
    assert read_back(tmp_path / "p", labels) == twice_each(labels)
    assert not notices


@pytest.mark.parametrize(("labels", "written"), [
    (("salt & pepper", "dog"), ("salt &amp; pepper", "dog")), (("a < b", "x"), ("a &lt; b", "x")),
    (("dog", "cat"), ("\n      dog\n    ", " cat ")), (("a b", "x"), ("a\n    b", "x")),
    (("R&D", "x & y"), ("R&amp;D", "x & y")), (("R&D", "x"), ("<![CDATA[R&D]]>", "x")),
    (("A", "B"), ("&#65;", "&#x42;")),
    (("é", "x"), (unicodedata.normalize("NFD", "é"), "x")), (('"', "'"), ("&quot;", "&apos;")),
], ids=ascii)  # fmt: skip
def test_names_are_read_as_other_programs_write_them(tmp_path, notices, labels, written):
    assert read_back(tmp_path / "p", labels, written) == twice_each(labels)
    assert not notices


def entries(labels, x1=10):
    box = {"x1": x1, "y1": "10", "x2": 60, "y2": 60}
    data = [{"id": f"p{number:02}{copy}", "ext": "jpg", "annotate": [{"label": label, **box}]}
            for number, label in enumerate(labels) for copy in "ab"]  # fmt: skip
    return {"project": "p", "data": [*data, {"id": None}, "odd"]}


def test_a_name_with_two_readings_is_what_dataset_json_says_of_the_same_box(tmp_path, notices):
    labels = ("&", "&amp;")
    assert read_back(tmp_path / "ide", labels, labels, entries(labels)) == twice_each(labels)
    escaped = ("&amp;", "&amp;amp;")
    assert read_back(tmp_path / "escaped", labels, escaped, entries(labels)) == twice_each(labels)
    # without it, the file is read as the XML that it is
    assert read_back(tmp_path / "without", labels, escaped) == twice_each(labels)


@pytest.mark.parametrize("labels", [("\x01", "b"), ("a</name>b", "c"), ("</name>", "x")], ids=ascii)
def test_where_the_xml_cannot_be_read_the_boxes_come_from_dataset_json(tmp_path, notices, labels):
    assert read_back(tmp_path / "p", labels, dataset_json=entries(labels)) == twice_each(labels)
    assert not notices


@pytest.mark.parametrize(
    "dataset_json", [None, [], {"data": {}}, {"data": [{"id": "p02a", "annotate": "odd"}]}], ids=str
)
def test_a_name_that_is_not_closed_does_not_lend_its_label_to_the_next_box(tmp_path, notices, dataset_json):
    labels = ("blue", "red", "green")
    torn = "green<bndbox></bndbox></object><object><name>red"
    found = read_back(tmp_path / "p", labels, ("blue", "red", torn), dataset_json)
    assert found == [["blue"], ["blue"], ["red"], ["red"]]
    assert set(notices) == {"annotations_unreadable", "labels_without_boxes"}


def test_a_label_that_is_none_of_the_projects_stays_unknown(tmp_path, notices):
    labels = ("Dog", "cat")
    assert read_back(tmp_path / "p", labels, ("dog", "cat"), entries(labels)) == [["cat"], ["cat"]]
    assert notices["labels_unknown"]["count"] == 2


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not there")
def test_the_case_of_salt_and_pepper(tmp_path, notices):
    for name in ("with", "without"):  # dataset.json, which is not needed
        zipfile.ZipFile(SHARED / "cases" / "01_label_ampersand.zip").extractall(tmp_path / name)
    (tmp_path / "without" / "dataset.json").unlink()
    labels = ("dog", "salt & pepper")
    for name in ("with", "without"):
        photos = index_voc(tmp_path / name / "dataset", labels)
        assert [[labels[index] for index in photo.classes] for photo in photos] == [["dog"], ["salt & pepper"]] * 4
    assert not notices
