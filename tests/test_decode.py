"""Decoding: the ways in, the frames, the limits, and the ways of being broken."""

from __future__ import annotations

import io
import os
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alphacut.decode import decode
from alphacut.errors import (
    BrokenImage,
    InputError,
    NotAnImage,
    NotFoundInput,
    TooLarge,
)
from alphacut.types import Photo
from pictures import (
    UPRIGHT,
    codes,
    corners,
    noise,
    png,
    saved,
    tiff,
    turned,
)


@pytest.mark.parametrize("image_format", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_of_several_frames_the_first(image_format):
    frames = [Image.new("RGB", (24, 16), colour) for colour in ("red", "lime", "blue")]
    photo = decode(saved(frames[0], image_format, save_all=True, append_images=frames[1:]))
    assert np.abs(photo.pixels - np.array([255, 0, 0])).max() <= 4
    assert codes(photo) == ["first-frame"]
    assert "first of 3 frames" in photo.warnings[0].sentence


def test_a_path_bytes_and_an_open_file_give_the_same(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(saved(corners(), "PNG"))
    with path.open("rb") as stream:
        ways = [
            decode(path),
            decode(str(path)),
            decode(path.read_bytes()),
            decode(bytearray(path.read_bytes())),
        ]
        ways.append(decode(stream))
    for photo in ways:
        np.testing.assert_array_equal(photo.pixels, corners())
    assert [photo.name for photo in ways] == [str(path), str(path), "photo", "photo", str(path)]
    assert decode(path, name="mine").name == "mine"


def test_the_content_counts_not_the_suffix(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(saved(corners(), "JPEG"))
    assert decode(path).format == "JPEG"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_arrays(dtype):
    pixels = noise((5, 7, 4), dtype)
    for grey in (pixels[..., 0], pixels[..., :1]):
        np.testing.assert_array_equal(decode(grey).pixels, np.repeat(pixels[..., :1], 3, axis=2))
    rgb = np.ascontiguousarray(pixels[..., :3])
    assert np.shares_memory(decode(rgb).pixels, rgb)
    photo = decode(pixels)
    np.testing.assert_array_equal(photo.pixels, rgb)
    np.testing.assert_allclose(photo.source_alpha, pixels[..., 3] / np.iinfo(dtype).max, atol=1e-7)
    swapped = decode(rgb.astype(rgb.dtype.newbyteorder(">")))
    assert swapped.pixels.dtype == dtype
    np.testing.assert_array_equal(swapped.pixels, rgb)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, bool, np.int32, np.uint32, np.int8])
def test_arrays_whose_range_would_have_to_be_guessed(dtype):
    with pytest.raises(InputError, match="nothing is guessed from a dtype"):
        decode(np.zeros((4, 5, 3), dtype))


@pytest.mark.parametrize("shape", [(5,), (5, 6, 2), (5, 6, 5), (2, 5, 6, 3), (0, 5, 3), (5, 0)])
def test_arrays_of_no_picture(shape):
    with pytest.raises(InputError, match=r"×\d+ pixels|shape"):
        decode(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("thing", [None, 5, [[1, 2]], object()])
def test_things_that_are_no_photo(thing):
    with pytest.raises(InputError, match="Give a path"):
        decode(thing)


def test_a_pillow_image_is_turned_and_left_as_it_was():
    with Image.open(io.BytesIO(saved(corners(), "PNG", exif=turned(6)))) as image:
        photo = decode(image)
        np.testing.assert_array_equal(photo.pixels, UPRIGHT[6](corners()))
        assert image.size == (64, 32)
        assert image.getexif()[0x0112] == 6
        np.testing.assert_array_equal(decode(image).pixels, photo.pixels)


def test_a_bomb_is_refused_by_its_header():
    data = png(noise((1, 1, 3)), 2, size=(60_000, 60_000))
    with pytest.raises(
        TooLarge, match=r"60000×60000 = 3600 megapixels.*120 megapixels.*--max-pixels 3600000000"
    ):
        decode(data)


def test_the_limit_is_the_largest_that_is_taken():
    data = saved(corners(), "PNG")
    assert decode(data, max_pixels=32 * 64).shape == (32, 64)
    for source in (data, corners(), Image.fromarray(corners())):
        with pytest.raises(TooLarge, match="2047 pixels"):
            decode(source, max_pixels=32 * 64 - 1)


def test_pillows_own_limit_for_the_whole_process_does_not_rule(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for image_format in ("PNG", "JPEG", "AVIF"):
        assert decode(saved(corners(), image_format)).shape == (32, 64)


def test_two_limits_at_once_do_not_meet():
    data, global_limit = saved(noise((100, 100, 3)), "PNG"), Image.MAX_IMAGE_PIXELS

    def one(number):
        if number % 2:
            return decode(data, max_pixels=10_000).shape == (100, 100)
        with pytest.raises(TooLarge):
            decode(data, max_pixels=9_999)
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(one, range(200)))
    assert global_limit == Image.MAX_IMAGE_PIXELS


def files_to_break():
    return {
        "jpeg": saved(noise((60, 80, 3)), "JPEG"),
        "progressive jpeg": saved(noise((60, 80, 3)), "JPEG", progressive=True),
        "png": saved(noise((60, 80, 3)), "PNG"),
        "16-bit png": png(noise((60, 80, 3), np.uint16), 2),
        "16-bit grey png": png(noise((60, 80), np.uint16), 0),
        "tiff": saved(noise((60, 80, 3)), "TIFF"),
        "16-bit tiff": tiff(noise((60, 80, 3), np.uint16), photometric="rgb"),
        "16-bit deflated tiff": tiff(noise((60, 80, 3), np.uint16), photometric="rgb", compression="deflate"),
        "webp": saved(noise((60, 80, 3)), "WEBP"),
        "avif": saved(noise((60, 80, 3)), "AVIF"),
        "gif": saved(noise((60, 80)), "GIF"),
        "bmp": saved(noise((60, 80, 3)), "BMP"),
        "jpeg 2000": saved(noise((60, 80, 3)), "JPEG2000"),
    }


@pytest.mark.parametrize("kind", files_to_break())
def test_a_file_that_ends_too_early_is_broken(kind):
    data = files_to_break()[kind]
    for length in (len(data) // 2, len(data) * 9 // 10):
        with pytest.raises(BrokenImage, match=r"here\.x: .*(again|anew)"):
            decode(data[:length], name="here.x")


@pytest.mark.parametrize("kind", files_to_break())
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damage_gives_a_photo_or_our_own_error(kind):
    data, rng = files_to_break()[kind], np.random.default_rng(1)
    for _ in range(40):
        broken = bytearray(data)
        for place in rng.integers(16, min(len(data), 500), 4):
            broken[place] = rng.integers(256)
        try:
            assert isinstance(decode(bytes(broken), max_pixels=1_000_000), Photo)
        except InputError as error:
            assert error.subject == "photo"


def test_a_picture_of_no_pixels_is_broken():
    with pytest.raises(BrokenImage):
        decode(png(noise((1, 1, 3)), 2, size=(0, 5)))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_costs_no_photo():
    app1 = b"Exif\0\0MM\0*" + b"\xff" * 30
    data = saved(corners(), "JPEG", quality=95)
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1 + data[2:]
    photo = decode(data)
    assert photo.shape == (32, 64)
    assert photo.metadata.exif == b""


@pytest.mark.parametrize(
    ("data", "likeness"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"<svg xmlns=''/>", "an SVG drawing"),
        (b"\n<!DOCTYPE html>", "a web page"),
        (b"PK\3\4", "a zip archive"),
        (b"%!PS-Adobe", "a PostScript document"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "a camera's raw file"),
        (b"hello", "known format"),
    ],
)
def test_what_is_no_image_is_named(data, likeness):
    with pytest.raises(NotAnImage, match=rf"b\.jpg: is .*{likeness}.*JPEG, PNG"):
        decode(data, name="b.jpg")


def test_nothing_at_all(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    with pytest.raises(NotAnImage, match=r"empty\.jpg: is empty \(0 bytes\)"):
        decode(tmp_path / "empty.jpg")


@pytest.mark.parametrize("extra", [(50706, 1, 4, b"\1\4\0\0", True), (254, 4, 1, 1, True)])
def test_a_raw_file_whose_first_page_is_a_thumbnail(extra):
    data = tiff(noise((5, 6, 3)), photometric="rgb", metadata=None, extratags=[extra])
    with pytest.raises(NotAnImage, match="raw file"):
        decode(data)


def test_places_without_a_photo(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    for missing in (tmp_path / "no.jpg", tmp_path / "file" / "no.jpg"):
        with pytest.raises(NotFoundInput, match=r"no\.jpg: no such file"):
            decode(missing)
    with pytest.raises(InputError, match="is a folder"):
        decode(tmp_path)
    for odd in ("a\0b", "n" * 5000):
        with pytest.raises(InputError, match="cannot be read"):
            decode(odd)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_permission(tmp_path):
    path = Path(tmp_path / "a.jpg")
    path.write_bytes(saved(corners(), "JPEG"))
    path.chmod(0)
    with pytest.raises(InputError, match="may not be read"):
        decode(path)
