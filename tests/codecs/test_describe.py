"""Which way up a photo is, and what its file says about it."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image

from alphacut.decode import decode
from alphacut.errors import (
    NotAnImage,
)
from pictures import (
    SRGB,
    UPRIGHT,
    chunk,
    corners,
    noise,
    png,
    saved,
    tiff,
    turned,
)

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="6" dc:x="kept"/>
<tiff:Orientation>6</tiff:Orientation></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_all_orientations_give_the_upright_picture_once(image_format, number):
    quality = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}, "AVIF": {"quality": 95}}.get(
        image_format, {}
    )
    data = saved(corners(), image_format, exif=turned(number), **quality)
    photo = decode(data)
    expected = UPRIGHT[number](corners()).astype(int)
    assert photo.pixels.shape == expected.shape
    assert np.abs(photo.pixels - expected).mean() < 4
    again = Image.Exif()
    again.load(photo.metadata.exif)
    assert 0x0112 not in again
    assert again[0x010F] == "Kamera"


@pytest.mark.parametrize("number", range(1, 9))
def test_all_orientations_of_sixteen_bit_files(number):
    pixels = noise((5, 9, 4), np.uint16)
    exif = chunk(b"eXIf", turned(number).tobytes()[6:])
    files = [png(pixels, 6, exif), png(pixels, 6, behind=[exif])]
    extra = [(274, 3, 1, number, True)]
    files.append(tiff(pixels, photometric="rgb", extrasamples=["unassalpha"], extratags=extra))
    for data in files:
        photo = decode(data)
        upright = UPRIGHT[number](pixels)
        np.testing.assert_array_equal(photo.pixels, upright[..., :3])
        np.testing.assert_allclose(photo.source_alpha, upright[..., 3] / 65535, atol=1e-7)
    grey = decode(tiff(pixels[..., 0], photometric="minisblack", extratags=extra))
    np.testing.assert_array_equal(grey.pixels[..., 2], UPRIGHT[number](pixels[..., 0]))


@pytest.mark.parametrize("number", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(number):
    assert decode(saved(corners(), "JPEG", exif=turned(number))).shape == (32, 64)


@pytest.mark.parametrize("number", [1, 6])
def test_heic_is_turned_by_its_container_only(number):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    icc = {"icc_profile": SRGB}
    photo = decode(saved(corners(), "HEIF", quality=95, exif=turned(number).tobytes(), **icc))
    assert np.abs(photo.pixels - UPRIGHT[number](corners()).astype(int)).mean() < 4
    assert photo.format == "HEIF"
    assert photo.icc == SRGB


def test_heic_without_its_decoder_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(NotAnImage, match=r"HEIC.*pip install alphacut\[heif\]"):
        decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100)


def test_metadata_is_kept_without_the_orientation():
    exif = turned(6)
    exif[0x8769] = {36867: "2020:01:02 03:04:05"}
    exif[0x8825] = {1: "N", 2: (47.0, 30.0, 15.5)}
    photo = decode(saved(corners(), "JPEG", exif=exif, xmp=XMP, dpi=(300, 150)))
    assert b"rientation" not in photo.metadata.xmp
    assert b'dc:x="kept"' in photo.metadata.xmp
    assert photo.metadata.dpi == (300, 150)
    again = Image.Exif()
    again.load(photo.metadata.exif)
    assert again.get_ifd(0x8769)[36867] == "2020:01:02 03:04:05"
    assert again.get_ifd(0x8825)[2] == (47.0, 30.0, 15.5)


def test_a_tiff_gives_its_words_but_not_its_layout():
    data = tiff(noise((5, 6, 3)), photometric="rgb", software="S", description="D", metadata=None)
    again = Image.Exif()
    again.load(decode(data).metadata.exif)
    assert set(again) <= {270, 282, 283, 296, 305}
    assert again[305] == "S"


def test_a_file_that_says_nothing_has_no_metadata():
    for image_format in ("JPEG", "PNG", "WEBP", "AVIF", "BMP"):
        metadata = decode(saved(corners(), image_format)).metadata
        assert (metadata.exif, metadata.xmp) == (b"", b"")
