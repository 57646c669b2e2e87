"""Boxes that were drawn on another picture than the photo that came: brought to it, or named and left out."""

import io
import itertools
import json

import numpy as np
import pytest
from detection_project import add_photo, voc_xml, write_project
from mai.config import read_project
from mai.data.decode import decode_square
from mai.data.voc import index_voc
from mai.errors import MaiError
from PIL import Image
from shared_cases import unpack

LABELS = ("blue", "red")
GOOD = [("red", 10, 10, 60, 60)]


@pytest.fixture
def project(tmp_path):
    """Two good photos with a box of each label; each test adds others."""
    write_project(tmp_path / "p")
    for name, label in (("good1", "red"), ("good2", "blue")):
        add_photo(tmp_path / "p", name, [(label, 10, 10, 60, 60)])
    return tmp_path / "p"


def index(project):
    return {sample.id: sample for sample in index_voc(project / "dataset", LABELS)}


def boxes(project, name):
    return index(project)[name].boxes.round(3).tolist()


def add(project, name, size, edges, stated, orientation=1, kind="JPEG"):
    """A photo of `size` as stored, with one red box in the XML and what its `<size>` says."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = project / "dataset/JPEGImages" / f"{name}.jpg"
    Image.new("RGB", size, "grey").save(path, kind, exif=exif)
    text = voc_xml([("red", *edges)], *(stated or (0, 0)))
    if stated is None:
        text = text.replace("<size>", "<other>").replace("</size>", "</other>")
    (project / "dataset/Annotations" / f"{name}.xml").write_text(text)


@pytest.mark.parametrize(("size", "stated", "edges", "wanted"), [
    ((160, 160), (80, 80), (22, 10, 57, 45), [44, 20, 114, 90]),
    ((160, 160), (320, 320), (88, 40, 228, 180), [44, 20, 114, 90]),
    ((161, 121), (80, 60), (20, 10, 40, 30), [40.25, 20.167, 80.5, 60.5]),  # sides of a copy are whole numbers
    ((4000, 3000), (640, 480), (64, 48, 320, 240), [400, 300, 2000, 1500]),
    ((160, 120), (159, 119), (20, 10, 60, 60), [20, 10, 60, 60]),  # counted from 0: no copy
])  # fmt: skip
def test_boxes_of_a_copy_are_scaled(project, notices, size, stated, edges, wanted):
    add(project, "copy", size, edges, stated)
    assert boxes(project, "copy") == [pytest.approx(wanted, abs=1e-2)] and not notices


@pytest.mark.parametrize(("size", "stated", "edges"), [
    ((160, 160), (80, 160), (10, 10, 40, 90)), ((160, 160), (160, 320), (10, 10, 60, 60)),
    ((160, 120), (120, 160), (10, 10, 60, 60)),  # turned, and no EXIF says how
    ((160, 160), (80, 80), (10, 10, 140, 140)),  # a box that a picture of 80 × 80 cannot hold
    ((160, 120), (4, 3), (1, 1, 3, 2)), ((160, 120), (1, 1), (0.2, 0.2, 0.6, 0.6)),
])  # fmt: skip
def test_a_photo_that_fits_no_copy_is_left_out_and_named(project, notices, size, stated, edges):
    add(project, "other", size, edges, stated)
    assert set(index(project)) == {"good1", "good2"}
    assert notices.keys() == {"boxes_of_other_size"} and notices["boxes_of_other_size"]["names"] == "other.jpg"


@pytest.mark.parametrize("stated", [None, (0, 0), ("undefined", "undefined"), ("", 160), (-5, -5)])
def test_a_size_that_is_not_there_means_the_photo(project, notices, stated):
    add(project, "plain", (160, 120), (10, 10, 60, 60), stated)
    assert boxes(project, "plain") == [[10, 10, 60, 60]] and not notices


def test_where_all_others_are_copies_a_photo_without_size_is_named(tmp_path, notices):
    project = write_project(tmp_path / "p")
    for number in range(4):
        add(project, f"p{number}", (160, 160), (10, 10, 40, 40), (80, 80) if number else None)
    assert set(index(project)) == {"p1", "p2", "p3"}
    assert notices["boxes_size_unknown"]["names"] == "p0.jpg"


def test_dataset_json_is_asked_for_a_size_that_the_annotation_lacks(tmp_path, notices):
    project = write_project(tmp_path / "p")
    sizes = {"a": (80, 80), "b": (80, 9), "c": ("320", "320")}
    for name in sizes:
        add(project, name, (160, 160), (22, 10, 57, 45), None)
    entries = [{"id": name, "width": width, "height": height} for name, (width, height) in sizes.items()]
    (project / "dataset.json").write_text(json.dumps({"data": entries}))
    assert boxes(project, "c") == [[11, 5, 28.5, 22.5]]
    assert boxes(project, "a") == [[44, 20, 114, 90]]
    assert "b" not in index(project) and notices["boxes_size_unknown"]["names"] == "b.jpg"


def seen(image):
    """The box around what is white."""
    ys, xs = np.nonzero(np.asarray(image.convert("L")) > 128)
    return [float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)]


def as_browsers_show_it(orientation, size=(200, 150), edges=(60, 20, 121, 71)):
    """Where a white rectangle of the stored picture is in the upright one, by Pillow's own turning."""
    from PIL import ImageOps

    image, file = Image.new("L", size), io.BytesIO()
    image.paste(255, edges)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(file, "PNG", exif=exif)
    return seen(ImageOps.exif_transpose(Image.open(file)))


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("scale", [1, 0.5])
def test_boxes_of_the_stored_picture_are_turned_with_it(project, notices, orientation, scale):
    edges = [edge * scale for edge in (60, 20, 121, 71)]
    add(project, "turned", (200, 150), edges, (200 * scale, 150 * scale), orientation)
    assert boxes(project, "turned") == [as_browsers_show_it(orientation)]
    upright = as_browsers_show_it(orientation)
    add(project, "upright", (200, 150), [edge * scale for edge in upright], (150 * scale, 200 * scale), orientation)
    assert boxes(project, "upright") == [upright]
    assert notices.keys() <= {"boxes_perhaps_turned"}


@pytest.mark.parametrize("orientation", [2, 3, 4])
def test_what_half_a_turn_hides_the_other_photos_of_the_project_show(project, notices, orientation):
    add(project, "half", (200, 150), (60, 20, 121, 71), (200, 150), orientation)
    assert boxes(project, "half") == [[60, 20, 121, 71]]  # nothing says otherwise: as browsers show it
    assert notices["boxes_perhaps_turned"]["names"] == "half.jpg"
    notices.clear()
    add(project, "quarter", (200, 150), (60, 20, 121, 71), (200, 150), 6)
    add(project, "square", (200, 200), (60, 20, 121, 71), (200, 200), 6)
    add(project, "silent", (200, 150), (60, 20, 121, 71), None, 6)
    found = index(project)
    assert found["half"].boxes.tolist() == [as_browsers_show_it(orientation)]
    assert found["square"].boxes.tolist() == [as_browsers_show_it(6, (200, 200))]
    assert found["silent"].boxes.tolist() == found["quarter"].boxes.tolist() == [as_browsers_show_it(6)]
    assert not notices


def test_a_program_that_turns_photos_turns_all_of_them(project, notices):
    add(project, "quarter", (200, 150), (79, 60, 130, 121), (150, 200), 6)
    add(project, "half", (200, 150), (60, 20, 121, 71), (200, 150), 3)
    assert boxes(project, "half") == [[60, 20, 121, 71]] and boxes(project, "quarter") == [[79, 60, 130, 121]]
    assert not notices


@pytest.mark.parametrize("order", list(itertools.product((0, 1), (0, 1))))
def test_corners_in_any_order(project, notices, order):
    xs, ys = (40, 90), (30, 80)
    across, down = (xs[::-1] if order[0] else xs), (ys[::-1] if order[1] else ys)
    add_photo(project, "any", [], xml=voc_xml([("red", across[0], down[0], across[1], down[1])]))
    assert boxes(project, "any") == [[40, 30, 90, 80]] and not notices


@pytest.mark.parametrize(("edges", "code"), [
    ((50, 50, 50, 90), "boxes_dropped"), (("nan", 1, 9, 9), "boxes_dropped"), (("", "", "", ""), "boxes_dropped"),
    ((200, 200, 260, 260), "boxes_outside"), ((-100, 10, 20, 60), "boxes_outside"),
    ((10, 10, 13, 13), "boxes_too_small"), ((10, 10, 13, 150), "boxes_too_small"),
    ((10, 10, 150, 13), "boxes_too_small"),
])  # fmt: skip
def test_a_photo_whose_only_box_is_unusable_is_no_background(project, notices, edges, code):
    add_photo(project, "only", [], xml=voc_xml([("red", *edges)]))
    add_photo(project, "beside", [], xml=voc_xml([("red", *edges), ("blue", 60, 60, 120, 120)]))
    found = index(project)
    assert set(found) == {"good1", "good2", "beside"}
    assert found["beside"].boxes.tolist() == [[60, 60, 120, 120]]
    assert found["beside"].ignored.shape == (1 if code == "boxes_too_small" else 0, 4)
    assert notices.keys() == {code} and notices[code]["count"] == 2 and notices[code]["names"].count(".jpg") == 2


def test_marks_of_other_programs(project, notices):
    marked = voc_xml([("red", 10, 10, 60, 60)])
    hard = marked.replace("<bndbox>", "<difficult>1</difficult><bndbox>")
    add_photo(project, "hard", [], xml=hard)
    add_photo(project, "easy", [], xml=marked.replace("<bndbox>", "<difficult>0</difficult><bndbox>"))
    add_photo(project, "both", [], xml=hard.replace("</annotation>", marked[marked.index("<object>") :]))
    beyond = voc_xml([("red", 100, 10, 200, 60)])
    add_photo(project, "cut", [], xml=beyond.replace("<bndbox>", "<truncated>1</truncated><bndbox>"))
    found = index(project)
    assert set(found) == {"good1", "good2", "easy", "both", "cut"}
    assert found["both"].boxes.tolist() == found["both"].ignored.tolist() == [[10, 10, 60, 60]]
    assert notices.keys() == {"boxes_difficult"} and notices["boxes_difficult"]["names"] == "both.jpg, hard.jpg"
    assert found["cut"].boxes.tolist() == [[100, 10, 160, 60]]  # whoever marked it knows


def test_a_project_of_tiny_boxes_says_why(tmp_path, notices):
    project = write_project(tmp_path / "p")
    for number in range(4):
        add_photo(
            project,
            f"p{number}",
            [("red", 10, 10, 60, 60)],
            size=(1600, 1200),
            xml=voc_xml([("red", 10, 10, 34, 34)], 1600, 1200),
        )
    with pytest.raises(MaiError) as error:
        index(project)
    assert error.value.code == "too_few_boxes"
    assert "p0.jpg (24 of 1200 pixels are 4.5 of 224)" in notices["boxes_too_small"]["names"]


def case(number, tmp_path):
    project = read_project(unpack(number, tmp_path))
    return {sample.id: sample for sample in index_voc(project.dataset, project.labels)}


def test_shared_case_of_tiny_boxes(tmp_path, notices):
    found = case("03", tmp_path)
    assert {name: sample.boxes.tolist() for name, sample in found.items()} == {
        f"p0{number}": [[500, 300, 1000, 800]] for number in (1, 3, 5, 7)
    }
    assert notices.keys() == {"boxes_too_small"} and notices["boxes_too_small"]["count"] == 4
    assert notices["boxes_too_small"]["names"].startswith("p00.jpg (24 of 1200 pixels are 4.5 of 224), p02.jpg")


def test_shared_cases_of_other_pictures(tmp_path, notices):
    half = {name: sample.boxes.tolist() for name, sample in case("04", tmp_path / "half").items()}
    assert half["p00"] == [[44, 20, 114, 90]] and half["p07"] == [[38, 48, 108, 118]] and len(half) == 8
    for number in range(8):
        turned = case("05", tmp_path / "turned")[f"p0{number}"]
        assert turned.boxes.tolist() == [[79, 60 + number, 130, 121 + number]]
    ordered = case("06", tmp_path / "reversed")
    assert ordered["p01"].boxes.tolist() == [[46, 50, 116, 120]] and len(ordered) == 8
    assert not notices


def test_shared_case_of_an_orientation_that_browsers_do_not_look_at(tmp_path, notices):
    found = case("18", tmp_path)
    for number in range(8):
        sample = found[f"p0{number}"]
        assert sample.boxes.tolist() == [[60 + number, 20, 121 + number, 71]]
        pixels = decode_square(sample.path, 200).astype(int)
        ys, xs = np.nonzero(pixels[..., 0] - pixels[..., 1] > 90)
        assert [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1] == pytest.approx(sample.boxes[0], abs=3)
    assert not notices
