"""Every kind of photo that pupils send becomes the same upright RGB square, or a reason."""

import io
from pathlib import Path

import numpy as np
import pytest
from mai.data import decode
from mai.data.decode import PhotoError, decode_square
from mai.data.frame import decode_frame, frame_size
from PIL import Image

RED, GREEN, BLUE, WHITE = (200, 40, 40), (40, 200, 40), (40, 40, 200), (255, 255, 255)


def quarters(width=96, height=96):
    """Red, green / blue, white, seen upright."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(WHITE, (width // 2, height // 2, width, height))
    return image


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def corners(pixels):
    low, high = len(pixels) // 8, len(pixels) - 1 - len(pixels) // 8
    return [pixels[y, x].astype(int) for y in (low, high) for x in (low, high)]


def assert_quarters(pixels, tolerance=12):
    for seen, wanted in zip(corners(pixels), (RED, GREEN, BLUE, WHITE), strict=True):
        assert np.abs(seen - wanted).max() <= tolerance


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("TIFF", {}),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
    ],
)
def test_formats(kind, options):
    pixels = decode_square(saved(quarters(), kind, **options), 32)
    assert pixels.shape == (32, 32, 3) and pixels.dtype == np.uint8
    assert_quarters(pixels)


def test_palette_and_gif():
    assert_quarters(decode_square(saved(quarters().quantize(16), "PNG"), 32))
    assert_quarters(decode_square(saved(quarters().quantize(16), "GIF"), 32))


def test_grey_becomes_three_equal_channels():
    pixels = decode_square(saved(quarters().convert("L"), "PNG"), 32)
    assert (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()


def test_sixteen_bits_keep_their_upper_eight():
    deep = Image.fromarray(np.full((40, 40), 0x8040, np.uint16))
    assert (decode_square(saved(deep, "PNG"), 16) == 0x80).all()


def test_cmyk_jpeg():
    assert_quarters(decode_square(saved(quarters().convert("CMYK"), "JPEG", quality=95), 32), tolerance=30)


def test_transparent_pixels_are_white_paper():
    image = quarters().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    assert (decode_square(saved(image, "PNG"), 32) == 255).all()
    image.putalpha(255)
    assert_quarters(decode_square(saved(image, "PNG"), 32))


def test_transparent_palette_colour_is_white_paper():
    image = Image.new("P", (20, 20), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    assert (decode_square(saved(image, "PNG", transparency=0), 8) == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(96, 96), (150, 96), (97, 151)])
def test_exif_orientation(orientation, size):
    """A camera turned by hand writes the turned pixels and says so; the square must come out upright."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    upright = quarters(*size)
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(stored, "JPEG", quality=95, subsampling=0, exif=exif)
    assert_quarters(decode_square(file, 32))


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {}), ("TIFF", {})])
def test_a_turned_photo_is_upright_in_every_format(tmp_path, kind, options):
    """Its size, its centre square and the whole frame: boxes are in pixels of the upright photo."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "photo"
    quarters(120, 160).transpose(Image.Transpose.ROTATE_90).save(path, kind, exif=exif, **options)
    assert frame_size(path) == (120, 160)
    assert_quarters(decode_square(path, 32), tolerance=30)
    frame = decode_frame(path, 60, 80)
    assert frame.shape == (80, 60, 3)
    assert_quarters(frame[10:70], tolerance=30)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_does_not_cost_the_photo(tmp_path, kind):
    path = tmp_path / "photo"
    quarters().save(path, kind, exif=b"no such header")
    assert frame_size(path) == (96, 96)
    assert_quarters(decode_square(path, 32), tolerance=30)
    assert_quarters(decode_frame(path, 48, 48), tolerance=30)


def test_centre_square_of_a_wide_photo():
    wide = Image.new("RGB", (300, 100), RED)
    wide.paste(GREEN, (100, 0, 200, 100))
    assert np.abs(decode_square(saved(wide, "PNG"), 20).astype(int) - GREEN).max() == 0


def test_scaling_averages_instead_of_dropping_pixels():
    stripes = np.zeros((448, 448, 3), np.uint8)
    stripes[:, ::2] = 255
    inner = decode_square(saved(Image.fromarray(stripes), "PNG"), 112)[:, 8:-8]
    assert np.abs(inner.astype(int) - 127).max() <= 3


def test_small_photos_are_enlarged():
    assert decode_square(saved(quarters(8, 8), "PNG"), 224).shape == (224, 224, 3)


def test_content_counts_and_not_the_extension(tmp_path: Path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(quarters(), "PNG").read())
    assert_quarters(decode_square(path, 32))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        saved(quarters(), "PNG").read()[:200],
        saved(quarters(), "JPEG").read()[:400],
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"GIF89a" + bytes(20),
    ],
)
def test_what_is_no_photo_gives_a_reason(content):
    with pytest.raises(PhotoError) as caught:
        decode_square(io.BytesIO(content), 32)
    assert caught.value.code == "photos_unreadable" and str(caught.value)


@pytest.mark.parametrize("kind", ["text", "folder"])
def test_a_reason_holds_no_place_on_the_server(tmp_path, kind):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"not a picture") if kind == "text" else path.mkdir()
    with pytest.raises(PhotoError) as caught:
        decode_square(path, 32)
    assert str(tmp_path) not in str(caught.value)


def test_more_than_the_limit_is_refused_before_decoding(monkeypatch):
    monkeypatch.setattr(decode, "MAX_PIXELS", 96 * 96 - 1)
    with pytest.raises(PhotoError) as caught:
        decode_square(saved(quarters(), "PNG"), 32)
    assert caught.value.code == "photos_too_large"


def test_a_header_that_claims_a_gigapixel_is_refused():
    file = bytearray(saved(Image.new("L", (1, 1)), "BMP").read())
    file[18:26] = (40_000).to_bytes(4, "little") + (40_000).to_bytes(4, "little")
    with pytest.raises(PhotoError) as caught:
        decode_square(io.BytesIO(bytes(file)), 32)
    assert caught.value.code == "photos_too_large"


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [None, 1, 3, 8])
def test_the_orientation_in_xmp_is_passed_over(tmp_path, kind, orientation):
    """EXIF counts where there is one; browsers do not look at the other."""
    upright, exif, path = quarters(120, 160), Image.Exif(), tmp_path / "photo"
    options = {"xmp": XMP}
    if kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options = {"pnginfo": text}
    undo = {3: Image.Transpose.ROTATE_180, 8: Image.Transpose.ROTATE_270}
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    if orientation is not None:
        exif[0x0112] = orientation
        options["exif"] = exif
    stored.save(path, kind, **options)
    assert frame_size(path) == (120, 160)
    assert_quarters(decode_square(path, 32), tolerance=40)
    assert_quarters(decode_frame(path, 60, 80)[10:70], tolerance=40)


def test_a_large_jpeg_is_decoded_to_at_least_twice_what_is_needed(monkeypatch):
    """The decoder scales by halves for free; smaller than the square, it would blur what is then enlarged."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (224, 224, 3), dtype=np.uint8))
    picture = saved(coarse.resize((1568, 1568), Image.Resampling.BICUBIC), "JPEG", quality=95, subsampling=0)
    sizes, real = [], decode.load_pixels
    monkeypatch.setattr(decode, "load_pixels", lambda *args: sizes.append((loaded := real(*args)).size) or loaded)
    found = decode_square(picture, 224).astype(int)
    assert 448 <= min(sizes[0]) < 1568
    whole = np.asarray(Image.open(picture).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(found - whole).mean() < 3
