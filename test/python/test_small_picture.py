"""Small pictures of photos: whole, upright, and read as training reads them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mai.data.decode import PhotoError
from mai.data.small_photo import small_jpeg
from mai.errors import MaiError
from mai.infer.small_picture import picture_request
from PIL import Image

PYTHON = Path(__file__).parents[2] / "python"
ORIENTATION = 0x0112


def halves(width: int, height: int) -> Image.Image:
    """Red on the left, blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = (250, 10, 10)
    pixels[:, width // 2 :] = (10, 10, 250)
    return Image.fromarray(pixels)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    assert image.format == "JPEG"
    return image.convert("RGB")


@pytest.mark.parametrize(("name", "size", "expected"), [
    ("wide.jpg", (640, 320), (160, 80)), ("tall.png", (300, 900), (53, 160)), ("small.bmp", (40, 20), (40, 20)),
    ("thin.png", (2000, 1), (160, 1)),
])  # fmt: skip
def test_whole_photo_fits_and_small_ones_stay(
    tmp_path: Path, name: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    halves(*size).save(tmp_path / name)
    assert opened(small_jpeg(tmp_path / name, 160)).size == expected


def test_it_is_upright_as_the_camera_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the top of the scene is on the right
    halves(400, 200).save(tmp_path / "turned.jpg", exif=exif)
    small = opened(small_jpeg(tmp_path / "turned.jpg", 160))
    assert small.size == (80, 160)
    top, bottom = small.getpixel((40, 20)), small.getpixel((40, 140))
    assert top[0] > 200 > 60 > top[2]
    assert bottom[2] > 200 > 60 > bottom[0]


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert min(opened(small_jpeg(tmp_path / "clear.png", 160)).getpixel((10, 10))) > 250


def test_what_is_no_photo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    with pytest.raises(PhotoError) as caught:
        small_jpeg(tmp_path / "text.jpg", 160)
    assert caught.value.code == "photos_unreadable"


@pytest.mark.parametrize("change", [{"size": 0}, {"size": True}, {"size": 5000}, {"file": ""}, {"target": None}])
def test_a_request_that_asks_for_nothing_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(MaiError) as caught:
        picture_request({"file": "a", "target": "b", "size": 160, **change})
    assert caught.value.code == "request_invalid"


def test_the_process_answers_line_by_line_without_torch(tmp_path: Path) -> None:
    halves(640, 320).save(tmp_path / "photo.jpg")
    asked = [
        {"id": 1, "file": str(tmp_path / "photo.jpg"), "target": str(tmp_path / "small.jpg"), "size": 160},
        {"id": 2, "file": str(tmp_path / "missing.jpg"), "target": str(tmp_path / "none.jpg"), "size": 160},
    ]
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    program = (
        "import sys, runpy; runpy.run_path(sys.argv[1], run_name='x')['main'](); assert 'torch' not in sys.modules"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(PYTHON / "thumbnails.py")],
        input=lines, capture_output=True, text=True, timeout=60, cwd=PYTHON, check=True,
    )  # fmt: skip
    first, second = (json.loads(line) for line in ended.stdout.splitlines())
    assert first == {"id": 1, "result": {"bytes": (tmp_path / "small.jpg").stat().st_size}}
    assert (second["id"], second["error"]["code"]) == (2, "file_missing")
    assert not (tmp_path / "none.jpg").exists()
