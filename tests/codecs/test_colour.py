"""Profiles: kept with RGB pixels, used up on others, and never lost without a word."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import skimage.color
import skimage.data
from PIL import Image

from alphacut.decode import decode
from pictures import (
    SRGB,
    chunk,
    codes,
    corners,
    noise,
    png,
    profile_of,
    saved,
    tiff,
)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF", "WEBP", "AVIF"])
def test_an_rgb_profile_is_kept_and_the_pixels_are_not_converted(image_format):
    photo = decode(saved(np.full((8, 9, 3), 100, np.uint8), image_format, icc_profile=SRGB))
    assert photo.icc == SRGB
    assert np.abs(photo.pixels.astype(int) - 100).max() <= 1
    assert photo.warnings == ()


def test_an_rgb_profile_of_a_sixteen_bit_photo_is_kept():
    iccp = chunk(b"iCCP", b"x\0\0" + zlib.compress(SRGB))
    assert decode(png(noise((5, 6, 3), np.uint16), 2, iccp)).icc == SRGB
    extra = [(34675, 7, len(SRGB), SRGB, True)]
    assert decode(tiff(noise((5, 6, 3), np.uint16), photometric="rgb", extratags=extra)).icc == SRGB


def test_a_damaged_profile_is_dropped_and_said():
    photo = decode(saved(corners(), "JPEG", icc_profile=b"not a profile"))
    assert photo.icc is None
    assert codes(photo) == ["icc-dropped"]


def test_a_grey_profile_converts_the_grey():
    linear = profile_of(b"GRAY")
    photo = decode(saved(np.full((4, 5), 55, np.uint8), "PNG", icc_profile=linear))
    # linear 55/255 = 0.2157; sRGB: 1.055 · 0.2157^(1/2.4) − 0.055 = 0.5020 → 128
    assert np.abs(photo.pixels.astype(int) - 128).max() <= 1
    assert photo.icc is None
    assert codes(photo) == ["grey-converted"]


def test_a_profile_that_cannot_be_kept_is_dropped_and_said():
    for data in (
        saved(np.full((4, 5, 3), 55, np.uint8), "PNG", icc_profile=profile_of(b"GRAY")),
        png(np.full((4, 5), 55, np.uint16), 0, chunk(b"iCCP", b"x\0\0" + zlib.compress(profile_of(b"GRAY")))),
    ):
        photo = decode(data)
        assert np.all(photo.pixels == 55)
        assert photo.icc is None
        assert codes(photo) == ["icc-dropped"]


def test_cmyk_becomes_rgb_and_says_so():
    inks = np.zeros((16, 48, 4), np.uint8)
    inks[:, :16, 3] = 255  # black
    inks[:, 16:32, :2] = 0, 255  # magenta and nothing else
    image = Image.fromarray(inks, "CMYK")
    for data in (saved(image, "JPEG", quality=100), saved(image, "TIFF")):
        photo = decode(data)
        found = photo.pixels[8, [4, 24, 44]].astype(int)
        assert np.abs(found - [[0, 0, 0], [255, 0, 255], [255, 255, 255]]).max() <= 2
        assert codes(photo) == ["cmyk-converted"]
        assert photo.icc is None


def test_cmyk_with_a_foreign_profile_is_converted_plainly():
    image = Image.fromarray(np.zeros((8, 8, 4), np.uint8), "CMYK")
    photo = decode(saved(image, "JPEG", icc_profile=SRGB))
    assert np.all(photo.pixels >= 254)
    assert photo.icc is None


def test_lab_becomes_srgb():
    lab = np.array([[[53.24, 80.09, 67.20], [50, 0, 0], [100, 0, 0], [60, -40, 30]]])
    stored = np.empty(lab.shape, np.uint8)
    stored[..., 0] = np.rint(lab[..., 0] * 255 / 100)
    stored[..., 1:] = np.rint(lab[..., 1:]).astype(np.int8).view(np.uint8)
    photo = decode(tiff(stored, photometric="cielab"))
    exact = skimage.color.lab2rgb(lab, illuminant="D50") * 255
    # scikit-image adapts no white point; on the neutral axis and for the hue both have to agree
    assert np.abs(photo.pixels[0, 1:3].astype(int) - [[119] * 3, [255] * 3]).max() <= 1
    assert np.abs(photo.pixels[0] - exact).max() < 40
    assert codes(photo) == ["lab-converted"]
