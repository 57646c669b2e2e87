"""Every way in which a pupil's boxes can be wrong: named in a notice, left out, and the rest is used."""

import pytest
from detection_project import add_photo, list_ids, voc_xml, write_project
from mai.data.stored_name import distinct_name, stored_name
from mai.data.voc import index_voc
from mai.data.voc_split import split_voc
from mai.data.voc_xml import AnnotationError, parse_annotation
from mai.errors import MaiError
from PIL import Image

LABELS = ("blue", "red")
GOOD = [("red", 10, 10, 60, 60)]


@pytest.fixture
def project(tmp_path):
    """Two good photos; each test adds a bad one."""
    write_project(tmp_path / "p")
    for name in ("good1", "good2"):
        add_photo(tmp_path / "p", name, GOOD)
    return tmp_path / "p"


def index(project):
    return {sample.id: sample for sample in index_voc(project / "dataset", LABELS)}


def test_boxes_are_read_in_pixels_with_sorted_classes(project, notices):
    sample = index(project)["good1"]
    assert (sample.boxes.tolist(), sample.classes.tolist()) == ([[10, 10, 60, 60]], [1])
    assert (sample.width, sample.height, sample.name) == (160, 160, "dataset/JPEGImages/good1.jpg")
    assert set(notices) == {"labels_without_boxes"}  # nobody drew a blue one


def test_boxes_are_clamped_to_the_photo(project, notices):
    add_photo(project, "wide", [("red", -20, 5, 200, 50)])
    assert index(project)["wide"].boxes.tolist() == [[0, 5, 160, 50]]
    assert (notices["boxes_clamped"]["count"], notices["boxes_clamped"]["names"]) == (1, "wide.jpg")


@pytest.mark.parametrize("edges", [
    (50, 50, 50, 90), (50, 50, 90, 50), (90, 90, 90, 90), ("nan", 1, 9, 9), ("x", 1, 9, 9),
    ("1e999", 1, 9, 9), ("", "", "", ""),
])  # fmt: skip
def test_empty_and_unreadable_boxes_are_dropped(project, notices, edges):
    xml = voc_xml([("blue", *edges), ("red", 5, 5, 50, 50)])
    add_photo(project, "odd", [], xml=xml)
    assert index(project)["odd"].boxes.tolist() == [[5, 5, 50, 50]]
    assert (notices["boxes_dropped"]["count"], notices["boxes_dropped"]["names"]) == (1, "odd.jpg")


def test_photos_without_boxes_are_background(project, notices):
    add_photo(project, "empty", [])
    assert index(project)["empty"].boxes.shape == (0, 4)
    assert notices["photos_without_boxes"]["names"] == "empty.jpg"


def test_unknown_labels_are_named(project, notices):
    add_photo(project, "other", [("green", 5, 5, 50, 50), ("red", 60, 60, 99, 99)])
    assert index(project)["other"].classes.tolist() == [1]
    assert notices["labels_unknown"]["names"] == "green (other.jpg)"


def test_a_label_without_boxes_is_named(project, notices):
    index_voc(project / "dataset", (*LABELS, "แมว"))
    assert notices["labels_without_boxes"]["names"] == "blue, แมว"


def test_a_photo_without_xml_and_an_xml_without_photo_are_named_and_skipped(project, notices):
    add_photo(project, "lonely", GOOD)
    (project / "dataset/Annotations/lonely.xml").unlink()
    (project / "dataset/Annotations/ghost.xml").write_text(voc_xml(GOOD))
    assert set(index(project)) == {"good1", "good2"}
    assert notices["annotations_missing"]["names"] == "lonely.jpg"
    assert notices["photos_missing"]["names"] == "ghost.xml"


@pytest.mark.parametrize("xml", [
    b"", b"not xml", b"<annotation><object>", b"<svg/>", b"\xff\xfe\x00", b"<annotation>" * 50 + b"</annotation>" * 50,
    b'<?xml version="1.0"?><!DOCTYPE annotation [<!ENTITY a "b">]><annotation>&a;</annotation>',
    b'<!DOCTYPE annotation SYSTEM "file:///etc/passwd"><annotation/>',
    '<!DOCTYPE annotation [<!ENTITY a "b">]><annotation>&a;</annotation>'.encode("utf-16"),
    b"<annotation>" + b" " * (1 << 20) + b"</annotation>",
    b'<?xml version="1.0" encoding="no-such"?><annotation/>',
])  # fmt: skip
def test_annotations_that_cannot_be_read_are_named_and_their_photos_left_out(project, notices, xml):
    add_photo(project, "bad", [], xml=xml)
    assert set(index(project)) == {"good1", "good2"}
    assert notices["annotations_unreadable"]["names"].startswith("bad.xml (")


def test_photos_that_cannot_be_read_are_named(project, notices):
    add_photo(project, "torn", GOOD)
    (project / "dataset/JPEGImages/torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    assert set(index(project)) == {"good1", "good2"}
    assert notices["photos_unreadable"]["names"] == "torn.jpg"


def test_files_of_the_system_are_no_photos(project, notices):
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store"):
        (project / "dataset/JPEGImages" / name).write_bytes(b"x")
    assert len(index(project)) == 2 and "annotations_missing" not in notices


def test_a_strip_of_a_photo_is_left_out(project, notices):
    add_photo(project, "strip", GOOD, size=(1000, 100))
    assert "strip" not in index(project)
    assert notices["photos_too_narrow"]["names"] == "strip.jpg"


def test_a_second_photo_of_the_same_name_is_left_out(project, notices):
    Image.new("RGB", (160, 160)).save(project / "dataset/JPEGImages/good1.png")
    assert index(project)["good1"].path.suffix == ".jpg"
    assert notices["photos_same_name"]["names"] == "good1.png"


def test_a_hundred_boxes_are_the_most(project, notices):
    add_photo(project, "crowd", [], xml=voc_xml([("red", 5, 5, 50, 50)] * 130))
    assert len(index(project)["crowd"].boxes) == 100
    assert notices["boxes_too_many"]["count"] == 30


def test_a_photo_that_the_camera_turned_counts_as_it_is_seen(project, notices):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (160, 120)).save(project / "dataset/JPEGImages/turned.jpg", exif=exif)
    (project / "dataset/Annotations/turned.xml").write_text(voc_xml([("red", 0, 0, 120, 160)], 120, 160))
    sample = index(project)["turned"]
    assert (sample.width, sample.height, sample.boxes.tolist()) == (120, 160, [[0, 0, 120, 160]])


def test_without_two_photos_with_boxes_there_is_nothing_to_train(tmp_path, notices):
    project = write_project(tmp_path / "p")
    with pytest.raises(MaiError) as empty:
        index(project)
    add_photo(project, "one", GOOD)
    add_photo(project, "two", [])
    with pytest.raises(MaiError) as few:
        index(project)
    assert (empty.value.code, few.value.code, few.value.params["count"]) == ("dataset_missing", "too_few_boxes", 1)


def test_links_are_not_followed(project, notices, tmp_path):
    secret = tmp_path / "secret.xml"
    secret.write_text(voc_xml(GOOD))
    add_photo(project, "linked", GOOD)
    file = project / "dataset/Annotations/linked.xml"
    file.unlink()
    file.symlink_to(secret)
    assert "linked" not in index(project)


def test_parts_of_an_object_are_not_objects():
    xml = voc_xml(GOOD).replace("</name>", "</name><part><name>ear</name><bndbox><xmin>1</xmin></bndbox></part>")
    assert [box.label for box in parse_annotation(xml.encode()).boxes] == ["red"]
    with pytest.raises(AnnotationError):
        parse_annotation(b"<annotation/><annotation/>")


def names(samples, rows):
    return [samples[row].id for row in rows]


def split(project, percent=80, seed=0):
    samples = index_voc(project / "dataset", LABELS)
    return samples, split_voc(samples, project / "dataset", percent, seed)


def test_the_ides_lists_are_used_when_both_are_filled(project, notices):
    for name in ("a", "b", "c"):
        add_photo(project, name, GOOD)
    list_ids(project, "train", ["good1", "a", "c", "gone"])
    list_ids(project, "val", ["good2", "a"])
    samples, sides = split(project)
    assert names(samples, sides.train) == ["c", "good1"]
    assert names(samples, sides.validation) == ["a", "good2"]
    assert notices["split_ids_missing"]["names"] == "gone"
    assert notices["split_ids_in_both"]["names"] == "a"
    assert notices["photos_not_listed"]["names"] == "b"


def test_ids_in_the_lists_may_have_extensions_numbers_or_names_too_long_for_a_disk(project, notices):
    long = "แมว" * 40
    add_photo(project, stored_name(f"{long}.jpg")[:-4], GOOD)
    list_ids(project, "train", ["good1.jpg", f"{long} 1"])
    list_ids(project, "val", ["good2 -1"])
    samples, sides = split(project)
    assert len(sides.train) == 2 and names(samples, sides.validation) == ["good2"]
    assert "split_ids_missing" not in notices


def test_a_number_or_an_extension_can_belong_to_the_id_itself(project, notices):
    for name in ("cat 0", "cat 1", "a.png"):
        add_photo(project, name, GOOD)
    list_ids(project, "train", ["good1.jpeg", "cat 1", "a.png"])
    list_ids(project, "val", ["good2 1", "cat 0"])
    samples, sides = split(project)
    assert names(samples, sides.train) == ["a.png", "cat 1", "good1"]
    assert names(samples, sides.validation) == ["cat 0", "good2"]
    assert "split_ids_missing" not in notices


def test_one_empty_list_means_a_split_of_our_own(project, notices):
    list_ids(project, "train", ["good1", "good2"])
    _, sides = split(project)
    assert len(sides.train) == len(sides.validation) == 1


def test_lists_that_name_nothing_usable_are_not_used(project, notices):
    list_ids(project, "train", ["good1", "good2"])
    list_ids(project, "val", ["gone"])
    _, sides = split(project)
    assert "split_lists_unusable" in notices
    assert len(sides.train) == len(sides.validation) == 1


def test_the_split_is_seeded_and_stratified_by_what_is_drawn(tmp_path, notices):
    project = write_project(tmp_path / "p")
    for number in range(30):
        content = [] if number < 10 else [("blue" if number < 20 else "red", 5, 5, 50, 50)]
        add_photo(project, f"n{number:02}", content)
    samples, sides = split(project)
    held_back = [tuple(samples[row].classes.tolist()) for row in sides.validation]
    assert sorted(held_back) == [(), (), (0,), (0,), (1,), (1,)]
    assert split(project)[1] == sides
    assert split(project, seed=1)[1] != sides
    assert sorted([*sides.train, *sides.validation]) == list(range(30))


def test_ids_that_are_stored_under_another_name_are_found_in_the_lists(project, notices):
    for name in ("A", distinct_name("a"), stored_name("x:y.jpg")[:-4]):
        add_photo(project, name, GOOD)
    samples = index_voc(project / "dataset", LABELS)
    list_ids(project, "train", ["A", "x:y.jpg", "good1"])
    list_ids(project, "val", ["a 1", "good2"])
    split = split_voc(samples, project / "dataset", 75, 0)
    assert {samples[row].id for row in split.validation} == {distinct_name("a"), "good2"}
    assert len(split.train) == 3 and "split_ids_missing" not in notices
