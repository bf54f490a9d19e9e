"""Encoding: the formats, what is written beside the pixels, and files on a disk."""

from __future__ import annotations

import errno
import io
import itertools
import os
import resource
import signal
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage.color
import skimage.data
from PIL import Image, JpegImagePlugin

from alphacut.depth import eight_bits
from alphacut.encode import encode, encode_zip, format_of, write_atomic
from alphacut.errors import (
    OptionError,
    OutputError,
)
from alphacut.types import Metadata, Picture
from pictures import (
    SRGB,
    half_noise,
    png_chunks,
)


def a_description():
    exif = Image.Exif()
    exif[0x010F] = "Kamera"
    exif[0x8769] = {36867: "2020:01:02 03:04:05"}
    exif[0x8825] = {1: "N", 2: (47.0, 30.0, 15.5)}
    return Metadata(exif.tobytes(), b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", (300.0, 150.0))


def names_in(folder):
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 10_000)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("name", "channels"),
    [*itertools.product(["webp", "avif"], [1, 3, 4]), ("jpeg", 1), ("jpeg", 3)],
)
def test_lossy_formats_take_every_size_and_depth(name, channels, dtype, shape):
    pixels = np.full((*shape, channels), np.iinfo(dtype).max // 3, dtype)
    with Image.open(io.BytesIO(encode(Picture(pixels), name))) as image:
        assert image.size == (shape[1], shape[0])
        assert image.format == name.upper()
        grey = np.asarray(image.convert("RGBA"))
    assert np.abs(grey[..., :3].astype(int) - 85).max() <= 3
    assert np.all(grey[..., 3] == 85) if channels == 4 else np.all(grey[..., 3] == 255)


@pytest.mark.parametrize(("name", "bound"), [("jpeg", 3.0), ("webp", 3.0), ("avif", 3.0)])
def test_a_photo_survives_the_default_quality(name, bound):
    photo = np.ascontiguousarray(skimage.data.coffee()[:200, :300])
    with Image.open(io.BytesIO(encode(Picture(photo), name))) as image:
        error = np.abs(np.asarray(image.convert("RGB")).astype(int) - photo).mean()
    assert 0 < error < bound


@pytest.mark.parametrize(("quality", "sampling"), [(92, 0), (90, 0), (89, 2)])
def test_jpeg_keeps_full_chroma_from_quality_90(quality, sampling):
    data = encode(Picture(half_noise((16, 16), 3, np.uint8)), "jpeg", quality=quality)
    with Image.open(io.BytesIO(data)) as image:
        assert JpegImagePlugin.get_sampling(image) == sampling


def test_quality_and_small_change_the_size():
    photo = Picture(np.ascontiguousarray(skimage.data.coffee()[:200, :300]))
    for name in ("jpeg", "webp", "avif"):
        assert len(encode(photo, name, quality=40)) < len(encode(photo, name, quality=92))
    for name in ("jpeg", "webp", "tiff"):
        assert len(encode(photo, name, small=True)) < len(encode(photo, name))


def test_jpeg_of_a_transparent_picture_asks_for_a_background():
    with pytest.raises(OptionError, match=r"needs a background.*--background white"):
        encode(Picture(half_noise((3, 5), 4, np.uint8)), "jpeg")


@pytest.mark.parametrize("name", ["webp", "jpeg", "avif"])
def test_a_side_too_long_for_the_format_is_said(name):
    with pytest.raises(OptionError, match=r"pixels a side.*png or tiff"):
        encode(Picture(np.zeros((1, 70_000, 3), np.uint8)), name)


@pytest.mark.parametrize("name", ["gif", "zip", "PNG", ""])
def test_unknown_formats_are_refused(name):
    with pytest.raises(OptionError, match="does not exist"):
        encode(Picture(half_noise((3, 5), 3, np.uint8)), name)


def test_sixteen_bits_become_eight_by_rounding_to_the_nearest():
    every = np.arange(65536, dtype=np.uint16)
    exact = np.array([round(value * 255 / 65535) for value in range(65536)])  # no value lies half-way
    np.testing.assert_array_equal(eight_bits(every), exact)
    np.testing.assert_array_equal(eight_bits(np.arange(256, dtype=np.uint16) * 257), np.arange(256))


@pytest.mark.parametrize("name", ["png", "tiff", "webp", "avif", "jpeg"])
def test_the_profile_is_written_and_nothing_else(name):
    data = encode(Picture(half_noise((30, 50), 3, np.uint8), SRGB), name)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == SRGB
        image.load()
        described = set(dict(image.getexif())) - set(range(254, 280)) - {282, 283, 284, 296, 317, 338, 34675}
        assert not described
        assert not {"exif", "xmp", "XML:com.adobe.xmp", "Software", "comment"} & set(image.info)
        assert image.info.get("dpi", (1, 1)) == (1, 1)
    if name == "png":
        assert {kind for kind, _ in png_chunks(data)} == {b"IHDR", b"iCCP", b"IDAT", b"IEND"}


@pytest.mark.parametrize("name", ["png", "tiff", "webp", "avif", "jpeg"])
def test_without_a_profile_none_is_invented(name):
    with Image.open(io.BytesIO(encode(Picture(half_noise((30, 50), 3, np.uint8)), name))) as image:
        assert image.info.get("icc_profile") is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", ["png", "tiff", "webp", "avif", "jpeg"])
def test_metadata_is_written_when_the_picture_has_it(name, dtype):
    said = a_description()
    data = encode(Picture(half_noise((30, 50), 3, dtype), SRGB, said), name)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        exif = image.getexif()
        assert exif[0x010F] == "Kamera"
        assert exif.get_ifd(0x8769)[36867] == "2020:01:02 03:04:05"
        assert exif.get_ifd(0x8825)[2] == (47.0, 30.0, 15.5)
        xmp = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
        assert (xmp if isinstance(xmp, bytes) else xmp.encode()) == said.xmp
        assert image.info["icc_profile"] == SRGB
        if name in ("png", "tiff", "jpeg"):
            assert image.info["dpi"] == pytest.approx((300, 150), abs=0.02)


def test_metadata_that_jpeg_cannot_hold_is_said():
    picture = Picture(half_noise((3, 5), 3, np.uint8), None, Metadata(xmp=b"x" * 70_000))
    with pytest.raises(OptionError, match="cannot hold this picture"):
        encode(picture, "jpeg")
    assert encode(picture, "png")


def test_the_same_picture_gives_the_same_bytes():
    picture, matte = (
        Picture(half_noise((300, 500), 3, np.uint8), SRGB),
        Picture(half_noise((300, 500), 1, np.uint8)),
    )
    for name in ("png", "tiff", "jpeg"):
        assert encode(picture, name) == encode(picture, name)
    assert encode_zip(picture, matte) == encode_zip(picture, matte)


def test_zip_holds_the_colours_and_the_matte():
    color = Picture(np.full((30, 50, 3), 120, np.uint16) * np.uint16(257))
    matte = Picture(half_noise((30, 50), 1, np.uint8))
    with zipfile.ZipFile(io.BytesIO(encode_zip(color, matte))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["color.jpg", "alpha.png"]
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        with Image.open(io.BytesIO(archive.read("color.jpg"))) as image:
            assert image.mode == "RGB"
            assert np.abs(np.asarray(image).astype(int) - 120).max() <= 1
        with Image.open(io.BytesIO(archive.read("alpha.png"))) as image:
            assert image.mode == "L"
            np.testing.assert_array_equal(np.asarray(image), matte.pixels[..., 0])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        *[("a.png", "png"), ("a.b.JPG", "jpeg"), ("x/a.jpeg", "jpeg"), ("a.tif", "tiff"), ("a.tiff", "tiff")],
        *[("a.webp", "webp"), ("a.avif", "avif"), ("a.zip", "zip")],
    ],
)
def test_the_suffix_names_the_format(path, name):
    assert format_of(path) == name
    assert format_of(Path(path)) == name


@pytest.mark.parametrize("path", ["a.gif", "a", ".png", "a.", "png"])
def test_a_suffix_of_no_format_is_refused(path):
    with pytest.raises(OptionError, match=r"suffix.*\.webp"):
        format_of(path)


def test_a_file_is_written_with_the_usual_mode(tmp_path):
    target = tmp_path / "a.png"
    old = os.umask(0o027)
    try:
        write_atomic(target, b"one")
    finally:
        os.umask(old)
    assert target.read_bytes() == b"one"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    target.chmod(0o600)
    write_atomic(str(target), b"two")
    assert target.read_bytes() == b"two"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["a.png"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "there" / "a.png")
    write_atomic(tmp_path / "link.png", b"one")
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "there" / "a.png").read_bytes() == b"one"


def test_a_name_as_long_as_the_disk_allows(tmp_path):
    name = "n" * 251 + ".png"
    write_atomic(tmp_path / name, b"one")
    assert names_in(tmp_path) == [name]
    with pytest.raises(OutputError, match="cannot be written"):
        write_atomic(tmp_path / ("n" + name), b"one")


class FullDisk(io.BytesIO):
    """A file on a disk with room for four more bytes."""

    def write(self, data):
        super().write(data[:4])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_old_file_alone(tmp_path):
    target = tmp_path / "a.png"
    target.write_bytes(b"old")

    def create(path):
        path.touch()
        return FullDisk()

    with pytest.raises(OutputError, match=r"a\.png: cannot be written: the disk is full\. Free some space"):
        write_atomic(target, b"new picture", create=create)
    assert target.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.png"]


def test_a_write_that_the_system_stops_leaves_nothing_behind(tmp_path):
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            write_atomic(tmp_path / "a.png", b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert names_in(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_device_is_written_to_and_stays_a_device():
    with pytest.raises(OutputError, match="the disk is full"):
        write_atomic("/dev/full", b"x")
    write_atomic("/dev/null", b"x")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_places_that_cannot_be_written_are_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for place, reason in ((tmp_path / "no" / "a.png", "no such folder"), (tmp_path, "is a folder")):
        with pytest.raises(OutputError, match=reason):
            write_atomic(place, b"x")
    with pytest.raises(OutputError, match="no such folder"):
        write_atomic(tmp_path / "file" / "a.png", b"x")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_or_file_without_permission(tmp_path):
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "a.png").chmod(0o400)
    with pytest.raises(OutputError, match="may not be written"):
        write_atomic(tmp_path / "a.png", b"new")
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="may not be written"):
        write_atomic(tmp_path / "b.png", b"new")
    tmp_path.chmod(0o700)


def test_a_folder_without_permission_whoever_runs_this(tmp_path):
    def create(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with pytest.raises(OutputError, match=r"may not be written\. Change its permissions"):
        write_atomic(tmp_path / "a.png", b"x", create=create)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("quality", [92, 100])
def test_small_holds_the_grainiest_photo(quality):
    grain = Picture(np.random.default_rng(0).integers(0, 256, (500, 700, 3), np.uint8))
    data = encode(grain, "jpeg", quality=quality, small=True)
    assert Image.open(io.BytesIO(data)).size == (700, 500)
    assert len(data) <= len(encode(grain, "jpeg", quality=quality))
