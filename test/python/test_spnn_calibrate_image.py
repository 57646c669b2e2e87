"""Photos as calibrate feeds them: checked against ncnn's own pixel code."""

import numpy as np
import pytest
from PIL import Image
from spnn.errors import SpnnError
from spnn.image import Preprocessing, image_paths, load_image, load_inputs, resize_bilinear, to_input

ncnn = pytest.importorskip("ncnn")


def pixels(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("source", "target"),
    [((24, 32), (7, 50)), ((24, 32), (224, 224)), ((301, 200), (224, 224)), ((2, 2), (9, 3)), ((57, 41), (1, 1))],
)
def test_resize_is_that_of_ncnn(source, target):
    image = pixels(*source)
    peer = ncnn.Mat.from_pixels_resize(image, ncnn.Mat.PixelType.PIXEL_BGR, source[1], source[0], target[1], target[0])
    ours = resize_bilinear(image, target[1], target[0])
    np.testing.assert_array_equal(ours.transpose(2, 0, 1), np.array(peer).astype(np.uint8))


def test_a_single_source_pixel_fills_the_target():
    np.testing.assert_array_equal(resize_bilinear(np.full((1, 1, 3), 77, np.uint8), 4, 5), np.full((5, 4, 3), 77))


@pytest.mark.parametrize(
    ("options", "kind"), [({}, "PIXEL_BGR"), ({"swap_rb": True}, "PIXEL_BGR2RGB"), ({"gray": True}, "PIXEL_BGR2GRAY")]
)
def test_input_is_that_of_ncnn(options, kind):
    image = pixels(30, 40)
    count = 1 if "gray" in options else 3
    mean, norm = (127.5, 100.0, 90.0)[:count], (0.0078125, 0.017, 0.02)[:count]
    peer = ncnn.Mat.from_pixels_resize(image, getattr(ncnn.Mat.PixelType, kind), 40, 30, 20, 16)
    peer.substract_mean_normalize(list(mean), list(norm))
    x = to_input(image, Preprocessing(mean, norm, (20, 16), **options))
    assert x.dtype == np.float32
    # ncnn folds mean and norm into one multiply-add
    np.testing.assert_allclose(x, np.array(peer).reshape(x.shape), atol=1e-6)


def test_photos_are_read_in_order_of_their_names_whatever_their_kind(tmp_path):
    Image.fromarray(np.full((4, 4), 9, np.uint8)).save(tmp_path / "b.png")
    Image.fromarray(np.full((4, 4, 4), (1, 2, 3, 0), np.uint8), "RGBA").save(tmp_path / "B.png")
    exif = Image.Exif()
    exif[0x112] = 6  # turned by 90 degrees
    Image.fromarray(np.full((2, 5, 3), (200, 100, 50), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    Image.fromarray(np.full((3, 3), 0x1234, np.uint16)).save(tmp_path / "c.png")
    paths = image_paths(tmp_path)
    assert [path.name for path in paths] == ["B.png", "a.jpg", "b.png", "c.png"]
    assert load_image(paths[0])[0, 0].tolist() == [3, 2, 1]
    assert load_image(paths[1]).shape == (5, 2, 3)
    assert load_image(paths[3])[0, 0].tolist() == [0x12] * 3
    shapes = {x.shape for x in load_inputs(paths, Preprocessing((0,) * 3, (1,) * 3, (6, 4)))}
    assert shapes == {(3, 4, 6)}


def test_what_is_no_photo_is_named(tmp_path):
    with pytest.raises(SpnnError, match="no photos"):
        image_paths(tmp_path)
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(SpnnError, match=r"notes\.txt"):
        load_image(tmp_path / "notes.txt")


def test_mean_and_norm_need_one_value_per_channel():
    with pytest.raises(SpnnError, match="mean has 3 values: a gray network needs 1"):
        Preprocessing((1, 2, 3), (1,), gray=True)


def test_files_that_systems_add_are_passed_over(tmp_path):
    added = ("._b.jpg", ".DS_Store", "Thumbs.db", "THUMBS.DB", "ehthumbs.db", "Desktop.ini", "Icon\r")
    for name in ("b.jpg", "a.png", *added):
        (tmp_path / name).write_bytes(b"\0\0\0\1Bud1")
    (tmp_path / ".thumbnails").mkdir()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.jpg").write_bytes(b"")
    assert [path.name for path in image_paths(tmp_path)] == ["a.png", "b.jpg"]
    for name in ("a.png", "b.jpg"):
        (tmp_path / name).unlink()
    with pytest.raises(SpnnError, match="no photos"):
        image_paths(tmp_path)


def test_the_orientation_in_xmp_is_passed_over(tmp_path):
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(pixels(20, 30)).save(tmp_path / "xmp.jpg", xmp=xmp)
    Image.fromarray(pixels(20, 30)).save(tmp_path / "both.jpg", xmp=xmp, exif=exif)
    upright = load_image(tmp_path / "xmp.jpg")
    assert upright.shape == (20, 30, 3)
    np.testing.assert_array_equal(load_image(tmp_path / "both.jpg"), upright[::-1, ::-1])
