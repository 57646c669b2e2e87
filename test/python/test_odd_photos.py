"""Photos as cameras and phones leave them: seen as a browser shows them, or named."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from mai.config import read_project
from mai.data import audio, decode
from mai.data.decode import PhotoError, decode_square
from mai.data.detection_store import load_frames, load_squares
from mai.data.file_kind import kind_of
from mai.data.frame import decode_frame
from mai.data.images import Photo, index_photos
from mai.data.photo_checks import notify_in_two_labels, without_black
from mai.data.store import load_photos
from mai.data.voc import AnnotatedPhoto
from mai.errors import MaiError
from photo_project import make_project, photo
from PIL import Image
from shared_cases import unpack

ROOT = Path(__file__).resolve().parents[2]


def picture(width=320, height=240):
    """Something in every block, so that no part of the file can be missed without a trace."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x % 256, y % 256, (x + y) % 256], -1) * 0.7 + rng.integers(0, 70, (height, width, 3))
    return Image.fromarray(pixels.astype(np.uint8))


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def both_ways(tmp_path, content):
    """As training of labels and inference see it, and as training of boxes does."""
    (tmp_path / "photo").write_bytes(content)
    square = decode_square(io.BytesIO(content), 64)
    np.testing.assert_array_equal(square, decode_square(tmp_path / "photo", 64))
    return square, decode_frame(tmp_path / "photo", 86, 64)


KINDS = [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}, {"quality": 30}]


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("end", [b"", b"\xff", b"\xff\xff"])
def test_a_jpeg_without_its_end_is_whole(tmp_path, options, end):
    whole = saved(picture(), "JPEG", **options)
    for expected, seen in zip(both_ways(tmp_path, whole), both_ways(tmp_path, whole[:-2] + end), strict=True):
        np.testing.assert_array_equal(seen, expected)


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_jpeg_cut_in_the_middle_is_not(tmp_path, options, share):
    whole = saved(picture(), "JPEG", **options)
    (tmp_path / "photo").write_bytes(whole[: int(len(whole) * share)])
    for read in (lambda: decode_square(tmp_path / "photo", 64), lambda: decode_frame(tmp_path / "photo", 86, 64)):
        with pytest.raises(PhotoError) as caught:
            read()
        assert caught.value.code == "photos_unreadable"


def deep_png(values: np.ndarray) -> bytes:
    """A PNG of 16 bits a channel: (h, w, c), c = 1 grey, 2 with alpha, 3 colour, 4 with alpha."""
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 16, (0, 4, 2, 6)[channels - 1], 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_deep_photos_keep_the_bits_that_the_camera_filled(tmp_path, bits, channels):
    ramp = np.linspace(0, 2**bits - 1, 86).astype(np.int64)
    values = np.repeat(np.repeat(ramp[None, :, None], 64, axis=0), channels, axis=2)
    if channels == 4:
        values[..., 3] = 65535
    wanted = np.repeat(np.repeat((ramp >> (bits - 8))[None, :, None], 64, axis=0), 3, axis=2)
    square, frame = both_ways(tmp_path, deep_png(values))
    np.testing.assert_array_equal(frame, wanted)
    np.testing.assert_array_equal(square, wanted[:, 11:75])


def test_a_dark_middle_of_a_deep_photo_is_as_dark_as_in_the_whole(tmp_path):
    values = np.full((64, 86, 1), 900)
    values[:, :5] = 60_000
    square, frame = both_ways(tmp_path, deep_png(values))
    assert (square == 900 >> 8).all() and (frame[:, 10:] == 900 >> 8).all()


def test_other_deep_formats(tmp_path):
    ramp = np.repeat(np.linspace(0, 1, 86)[None], 64, axis=0)
    for values in ((ramp * 1023).astype(np.uint16), (ramp * 1023).astype(np.int32), ramp.astype(np.float32),
                   (ramp * 255).astype(np.float32), (ramp * 1023).astype(np.float32)):  # fmt: skip
        frame = both_ways(tmp_path, saved(Image.fromarray(values), "TIFF"))[1]
        np.testing.assert_allclose(frame[0, :, 0], ramp[0] * 255, atol=1.5)
    assert (both_ways(tmp_path, deep_png(np.zeros((64, 86, 1), np.int64)))[0] == 0).all()


def heic(brand: bytes, others: bytes = b"mif1") -> bytes:
    return struct.pack(">I", 16 + len(others)) + b"ftyp" + brand + b"\0\0\0\0" + others + bytes(500)


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1", b"msf1"])
@pytest.mark.parametrize("name", ["IMG_0.heic", "IMG_0.jpg"])
def test_heic_is_named_with_what_helps(tmp_path, notices, brand, name):
    root = make_project(tmp_path, per_label=3)
    (root / "dataset/blue" / name).write_bytes(heic(brand))
    store = load_photos(index_photos(root / "dataset", ("blue", "red")), 32, tmp_path / "cache")
    assert len(store.photos) == 6 and notices.keys() == {"photos_heic"}
    notice = notices["photos_heic"]
    assert notice["names"] == [f"dataset/blue/{name}"] and "Most Compatible" in notice["msg"]


def test_kinds_by_content():
    assert kind_of(saved(picture(16, 16), "AVIF")[:64]) == "AVIF" and kind_of(heic(b"mif1", b"avif")) == "AVIF"
    assert kind_of(heic(b"M4A ", b"mp42")) == "M4A or MP4" and kind_of(saved(picture(), "JPEG")[:64]) is None
    frames = saved(picture(64, 64), "AVIF", save_all=True, append_images=[Image.new("RGB", (64, 64))])
    assert decode_square(io.BytesIO(frames), 16).mean() > 60  # the first of a sequence


def stored(tmp_path, pictures):
    """`pictures`: (label, picture); a store of them as PNG files."""
    photos = []
    for number, (label, image) in enumerate(pictures):
        path = tmp_path / f"{label}-{number}.png"
        image.save(path)
        photos.append(Photo(path, f"dataset/{'ab'[label]}/{number}.png", label))
    return load_photos(photos, 32, tmp_path)


BLACK = Image.new("RGB", (64, 64), (7, 5, 9))


def test_black_photos_are_named_and_left_out(tmp_path, notices):
    store = without_black(stored(tmp_path, [(0, BLACK), (0, photo(0, 1)), (0, photo(0, 2)), (1, photo(1, 1))]))
    assert [each.name for each in store.photos] == ["dataset/a/1.png", "dataset/a/2.png", "dataset/b/3.png"]
    assert len(store.pixels) == len(store.digests) == 3 and store.pixels.amax() > 100
    assert notices["photos_black"]["names"] == "a/0.png" and notices["photos_black"]["count"] == 1


def test_the_contents_of_what_is_left_are_those_of_its_own_photos(tmp_path):
    whole = stored(tmp_path, [(0, BLACK), (0, photo(0, 1)), (0, photo(0, 2)), (1, photo(0, 1))])
    before = whole.contents
    assert before[1] == before[3] and len(set(before)) == 3
    assert without_black(whole).contents == before[1:]


def test_one_black_label_stays_and_two_stop_the_training(tmp_path, notices):
    one = stored(tmp_path, [(0, BLACK), (0, BLACK), (1, photo(1, 1)), (1, photo(1, 2))])
    assert len(without_black(one).photos) == 4 and notices["label_black"]["names"] == "a/0.png, a/1.png"
    with pytest.raises(MaiError) as caught:
        without_black(stored(tmp_path, [(0, BLACK), (0, BLACK), (1, BLACK)]))
    assert (caught.value.code, caught.value.params["count"]) == ("photos_all_black", 3)


def test_black_photos_of_a_detector_are_named_and_left_out(tmp_path, notices):
    BLACK.save(tmp_path / "black.png")
    photo(0, 1).save(tmp_path / "good.png")
    box, label = np.array([[5, 5, 40, 40]], np.float32), np.array([0])
    photos = [AnnotatedPhoto(name, tmp_path / f"{name}.png", name, 64, 64, box, label) for name in ("black", "good")]
    for load in (load_frames, load_squares):
        notices.clear()
        assert [each.id for each in load(photos, tmp_path).photos] == ["good"]
        assert notices["photos_black"]["names"] == "black"


def test_one_picture_under_two_labels_is_named(tmp_path, notices):
    notify_in_two_labels(stored(tmp_path, [(0, photo(0, 1)), (0, photo(0, 1)), (1, photo(1, 1)), (1, photo(0, 1))]))
    assert notices["photos_in_two_labels"]["names"] == "a/0.png = b/3.png"
    notices.clear()
    notify_in_two_labels(stored(tmp_path, [(0, photo(0, 1)), (0, photo(0, 1)), (1, photo(1, 1))]))
    assert not notices


def test_the_server_takes_what_training_reads():
    listed = json.loads((ROOT / "contract/media-formats.json").read_text())
    assert listed["image"] == list(decode.FORMATS)
    assert ", ".join(listed["audio"]) == audio.FORMATS_IN_WORDS
    assert set(audio.FORMATS) == {*listed["audio"], "WAVEX", "RF64", "W64"}
    assert re.search(r"\bAVIF\b", decode.FORMATS_IN_WORDS)


def loaded(case, folder):
    project = read_project(unpack(case, folder))
    return load_photos(index_photos(project.dataset, project.labels), 224, folder / "cache")


def test_shared_cases_of_photos(tmp_path, notices):
    cut = without_black(loaded("21", tmp_path / "cut"))
    assert cut.labels.bincount().tolist() == [8, 8] and not notices
    deep = without_black(loaded("17", tmp_path / "deep"))
    assert deep.labels.bincount().tolist() == [6, 6] and deep.pixels.amax((1, 2, 3)).min() > 100 and not notices
    phones = without_black(loaded("20", tmp_path / "phones"))
    assert phones.labels.bincount().tolist() == [8, 8]
    assert notices.keys() == {"photos_heic"} and notices["photos_heic"]["count"] == 3
